import type { Start } from "../../../api/optimization";
import type { OptimizeSettings, Recipe, Session } from "../../../api/types";
import { useLink } from "../../../shell/link";
import { firstObjective } from "./ObjectiveForm";
import { type Objective, read } from "./objective";

/** Every number as the recipe says. */
const UNCHANGED: OptimizeSettings = { step: null, l2: null, blur: null, jitter: null };

const KEYS = Object.keys(UNCHANGED) as (keyof OptimizeSettings)[];

export type Form = {
  start: Start;
  way: Objective["by"];
  recipe: Recipe | undefined;
  setObjective: (text: string, way: Objective["by"]) => void;
  setRecipe: (name: string) => void;
  setSeed: (seed: number) => void;
  setSteps: (steps: number) => void;
  setChanges: (changes: OptimizeSettings) => void;
};

/** What is to be optimized and how, as the address says it. */
export function useForm(session: Session, recipes: Recipe[]): Form {
  const { get, set } = useLink();
  const objective = get("objective") ?? firstObjective(session, get("row"), get("unit"));
  const by = read(objective).by;
  const recipe = recipes.find(({ name }) => name === get("recipe")) ?? recipes[0];
  const changes = Object.fromEntries(KEYS.map((key) => [key, real(get(key))])) as OptimizeSettings;
  return {
    start: {
      objective,
      recipe: recipe?.name ?? "",
      seed: whole(get("seed")) ?? 0,
      steps: whole(get("steps")) ?? recipe?.steps ?? 0,
      changes,
    },
    way: get("by") === "text" ? "text" : by,
    recipe,
    setObjective: (text, way) => set({ objective: text, by: way === "text" ? way : null }),
    // the numbers of one recipe mean little in another
    setRecipe: (name) => set({ recipe: name, steps: null, ...UNCHANGED }),
    setSeed: (seed) => set({ seed: seed || null }),
    setSteps: (steps) => set({ steps: steps === recipe?.steps ? null : steps }),
    setChanges: (next) => set(next),
  };
}

/** Whether a form asks for another image than the one that is made; sliders apply at once and do not count. */
export function differs(form: Start, asked: Start): boolean {
  return (["objective", "recipe", "seed", "steps"] as const).some((key) => form[key] !== asked[key]);
}

function real(text: string | null): number | null {
  const value = Number(text ?? "");
  return text && Number.isFinite(value) ? value : null;
}

function whole(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
