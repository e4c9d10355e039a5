import type { RefObject } from "preact";
import { Pixels } from "../../parts/Pixels";
import { RECIPE, STEPS, useOptimizing } from "./optimizing";

type Props = { objective: string; possible: boolean; canvas: RefObject<HTMLCanvasElement | null> };

/** The input that excites the unit most, made on demand and shown as it grows. */
export function OptimizedView({ objective, possible, canvas }: Props) {
  const { raster, step, running, error, start, stop } = useOptimizing(objective);
  return (
    <figure class="unit-figure">
      <figcaption>{raster ? `optimized, ${step}/${STEPS} steps` : "optimized image"}</figcaption>
      <Pixels picture={raster} label={raster ? `Optimized image of ${objective} after ${step} steps` : "No optimized image yet"} canvas={canvas}>
        {!raster && !running && possible && (
          <button class="optimize-button" title={`${STEPS} steps of the recipe ${RECIPE}`} onClick={start}>
            Optimize
          </button>
        )}
        {running && (
          <>
            <progress class="optimize-progress" max={STEPS} value={step} aria-label="Steps of the optimization" />
            <button class="optimize-stop" onClick={stop}>
              Stop
            </button>
          </>
        )}
      </Pixels>
      {error && <p class="problem">{error}</p>}
    </figure>
  );
}
