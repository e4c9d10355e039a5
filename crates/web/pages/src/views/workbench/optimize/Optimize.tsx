import "./optimize.css";
import { useEffect, useState } from "preact/hooks";
import { get } from "../../../api/client";
import type { Recipe, Session } from "../../../api/types";
import { useKeys } from "../../../shell/keys";
import { Dials } from "./Dials";
import { differs, useForm } from "./form";
import { ObjectiveForm } from "./ObjectiveForm";
import { RecipeForm } from "./RecipeForm";
import { Results } from "./Results";
import type { Running } from "./running";
import { Stage } from "./Stage";
import { Transport } from "./Transport";

/** Optimization by hand: the form on the left, the growing image, its curve and what can be taken away. */
export function Optimize({ session, running }: { session: Session; running: Running }) {
  const { recipes, error } = useRecipes(session);
  const form = useForm(session, recipes);
  const { phase, asked, frame } = running;
  const ready = form.recipe !== undefined && form.start.objective.trim() !== "";
  const live = asked !== null && phase !== "idle" && phase !== "lost" && phase !== "done";

  const restart = () => ready && running.start(form.start);
  const toggle = () => {
    if (phase === "running") running.pause();
    else if (phase === "paused") running.resume();
    else if (phase !== "connecting") restart();
  };
  const step = () => {
    if (phase === "paused" || phase === "running") running.step();
    else if (ready && phase !== "connecting" && phase !== "done") running.start(form.start, true);
  };

  useKeys("Optimization", [
    { keys: [" "], does: "start or pause", act: () => press() || toggle() },
    { keys: ["."], does: "one step", act: step },
    { keys: ["r"], does: "restart", act: restart },
  ]);

  return (
    <div class="optimize">
      <form class="optimize-form" onSubmit={(event) => event.preventDefault()}>
        {error && <p class="problem">{error}</p>}
        <ObjectiveForm session={session} text={form.start.objective} way={form.way} change={form.setObjective} />
        <RecipeForm form={form} recipes={recipes} />
        {form.recipe && (
          <Dials
            base={form.recipe.settings}
            changes={form.start.changes}
            change={(changes) => {
              form.setChanges(changes);
              running.change(changes);
            }}
          />
        )}
      </form>
      <Stage session={session} running={running} objective={form.start.objective}>
        <Transport phase={phase} ready={ready} toggle={toggle} step={step} restart={restart} />
        {live && differs(form.start, asked) && (
          <p class="note">The form now asks for another image; restart to make it.</p>
        )}
      </Stage>
      <Results running={running} steps={frame?.steps ?? form.start.steps} />
    </div>
  );
}

/** Presses the button that has the focus, which the space bar belongs to. */
function press(): boolean {
  const focused = document.activeElement;
  const pressed = focused instanceof HTMLElement && focused.matches("button, summary");
  if (pressed) focused.click();
  return pressed;
}

/** Asked for anew with each session, so that a server that was started again is heard. */
function useRecipes(session: Session): { recipes: Recipe[]; error: string | null } {
  const [recipes, setRecipes] = useState<Recipe[]>([]);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const closing = new AbortController();
    get<Recipe[]>("/api/recipes", undefined, closing.signal).then(
      (known) => {
        setRecipes(known);
        setError(null);
      },
      (failure: Error) => !closing.signal.aborted && setError(failure.message),
    );
    return () => closing.abort();
  }, [session]);
  return { recipes, error };
}
