import { npy } from "../../../parts/npy";
import { Command } from "../../../parts/Save";
import { useLink } from "../../../shell/link";
import { Curve } from "../curve/Curve";
import { saveText, stem } from "../save-text";
import type { Running } from "./running";

const SHOWN = ["objective", "score", "posterior"] as const;

/** The curve, and what can be taken away: numbers, recipe, command. */
export function Results({ running, steps }: { running: Running; steps: number }) {
  const { course, frame, input, asked, movedAt } = running;
  const link = useLink();
  const wanted = SHOWN.find((name) => name === link.get("curve")) ?? "score";
  const shown = course.ofClass ? wanted : "objective";
  const name = stem(asked?.objective ?? "");
  const recipe = frame && recipeText(frame.recipe_json);
  const changed = frame !== null && / --recipe \S*\.json/.test(frame.command);

  return (
    <section class="results" aria-label="Curve and results">
      <div class="results-head">
        <h2>Curve</h2>
        <div class="segments" role="group" aria-label="What the curve shows">
          {SHOWN.map((series) => (
            <button
              key={series}
              type="button"
              aria-pressed={shown === series}
              disabled={series !== "objective" && !course.ofClass}
              onClick={() => link.set({ curve: series === "score" ? null : series })}
            >
              {series}
            </button>
          ))}
        </div>
      </div>
      <Curve series={course.series(shown)} steps={steps} />
      <div class="results-files">
        <button type="button" disabled={course.steps.length === 0} onClick={() => saveText(course.csv(), `${name}.csv`, "text/csv")}>
          Curve, CSV
        </button>
        <button type="button" disabled={!recipe} onClick={() => recipe && saveText(recipe, "recipe.json", "application/json")}>
          Recipe, JSON
        </button>
        <button
          type="button"
          disabled={!input}
          title="The image in the network's own numbers, where it stands still"
          onClick={() => input && saveText(npy(input), `${name}.npy`, "application/octet-stream")}
        >
          Image, .npy
        </button>
      </div>
      {frame && (
        <div class="results-command">
          <h2>The same on the command line</h2>
          <Command text={frame.command} />
          {changed && <p class="note">It needs the file recipe.json from the button above, with the sliders’ numbers.</p>}
          {movedAt !== null && asked && (
            <p class="note">
              Sliders were moved at step {movedAt} of this image. The command uses their last numbers from the first step on, so its
              image will differ; restart to see it.
            </p>
          )}
        </div>
      )}
      {frame?.warnings.map((warning) => (
        <p key={warning} class="problem">
          {warning}
        </p>
      ))}
    </section>
  );
}

function recipeText(recipe: unknown): string {
  return typeof recipe === "string" ? recipe : `${JSON.stringify(recipe, null, 2)}\n`;
}
