import { useEffect, useRef, useState } from "preact/hooks";
import { Optimization } from "../../api/optimization";
import { connection } from "../../api/session";
import type { Raster } from "../../parts/Pixels";
import { paintRgb } from "../../parts/ramps";

export const STEPS = 128;
export const RECIPE = "clear";

export type Optimizing = { raster: Raster | null; step: number; running: boolean; error: string | null };

const NOTHING: Optimizing = { raster: null, step: 0, running: false, error: null };

const NO_CHANGES = { step: null, l2: null, blur: null, jitter: null };

const KEPT = 64;

/** Finished images of this page: coming back to a unit shows its image again. */
const finished = new Map<string, Optimizing>();

export function useOptimizing(objective: string): Optimizing & { start: () => void; stop: () => void } {
  const [state, setState] = useState<Optimizing>(NOTHING);
  const running = useRef<Optimization | null>(null);

  const stop = () => {
    running.current?.close();
    running.current = null;
    setState((before) => ({ ...before, running: false }));
  };
  useEffect(() => {
    setState(finished.get(objective) ?? NOTHING);
    return stop;
  }, [objective]);

  const start = () => {
    stop();
    setState({ ...NOTHING, running: true });
    running.current = open(objective, (changed) => {
      setState(changed);
      if (!changed.running) running.current = null;
    });
  };
  return { ...state, start, stop };
}

function open(objective: string, report: (state: Optimizing) => void): Optimization {
  let state: Optimizing = { ...NOTHING, running: true };
  const tell = (changes: Partial<Optimizing>) => {
    state = { ...state, ...changes };
    report(state);
    if (!state.running) optimization.close();
  };
  const optimization = new Optimization({
    frame: ({ meta, arrays }) => {
      const [height = 1, width = 1] = arrays.image!.shape;
      const raster = { width, height, pixels: paintRgb(arrays.image!.data) };
      tell({ raster, step: meta.step, running: meta.state !== "done" });
      if (meta.state === "done") keep(objective, state);
    },
    refused: (error) => tell({ running: false, error }),
    lost: () => {
      const here = connection.value.state === "here";
      tell({ running: false, error: here ? "The server ended the optimization; it may be busy. Try again." : null });
    },
  });
  optimization.send({ do: "start", objective, recipe: RECIPE, seed: 0, steps: STEPS, changes: NO_CHANGES });
  return optimization;
}

function keep(objective: string, state: Optimizing): void {
  finished.set(objective, state);
  if (finished.size > KEPT) finished.delete(finished.keys().next().value!);
}
