import type { Form } from "./form";
import type { Recipe } from "../../../api/types";

/** How the image is made: a recipe, where its random numbers start, and how long it climbs. */
export function RecipeForm({ form, recipes }: { form: Form; recipes: Recipe[] }) {
  const { recipe, start } = form;
  return (
    <fieldset class="recipe">
      <legend>Recipe</legend>
      <div class="fields fields-recipe">
        <label class="field">
          <span>Recipe</span>
          <select
            value={start.recipe}
            aria-describedby="recipe-note"
            onChange={(event) => form.setRecipe(event.currentTarget.value)}
          >
            {recipes.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Whole name="Seed" value={start.seed} least={0} change={form.setSeed} />
        <Whole name="Steps" value={start.steps} least={1} change={form.setSteps} />
      </div>
      <p id="recipe-note" class="note">
        {recipe && `${recipe.about} (${recipe.source})`}
      </p>
    </fieldset>
  );
}

type WholeProperties = { name: string; value: number; least: number; change: (value: number) => void };

function Whole({ name, value, least, change }: WholeProperties) {
  return (
    <label class="field">
      <span>{name}</span>
      <input
        type="number"
        min={least}
        step={1}
        value={value}
        onInput={({ currentTarget: { valueAsNumber: next } }) => {
          if (Number.isSafeInteger(next) && next >= least) change(next);
        }}
      />
    </label>
  );
}
