import type { ComponentChildren } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { Session } from "../../../api/types";
import { percent, precise } from "../../../parts/numbers";
import { Pixels } from "../../../parts/Pixels";
import { savePng } from "../../../parts/Save";
import { opaque } from "../opaque";
import { stem } from "../save-text";
import type { Running } from "./running";

const PHASES = { idle: "not started", connecting: "starting", running: "running", paused: "paused", done: "done", lost: "stopped" };

type Properties = { session: Session; running: Running; objective: string; children: ComponentChildren };

/** The image as it grows, and where it stands. */
export function Stage({ session, running, objective, children }: Properties) {
  const { frame, image, phase, course, error, asked } = running;
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useMemo(() => image && opaque(image), [image]);
  const name = className(frame?.objective ?? objective, session.labels);
  const speed = phase === "running" ? course.speed : null;
  const place = frame ? `step ${frame.step} of ${frame.steps}` : "";

  return (
    <section class="stage" aria-label="Image">
      {phase === "lost" && (
        <p class="problem" role="alert">
          The connection ended{frame ? ` at step ${frame.step} of ${frame.steps}` : " before the first step"}, and with it the work on the server.{" "}
          {picture && "The image so far is kept here. "}
          <button type="button" disabled={!asked} onClick={() => asked && running.start(asked)}>
            Restart with the same settings
          </button>
        </p>
      )}
      {error && (
        <p class="problem stage-error" role="alert">
          {error}
        </p>
      )}
      <div class={phase === "connecting" || phase === "lost" ? "stage-image stale" : "stage-image"}>
        <Pixels
          key={picture ? "image" : "none"}
          picture={picture}
          canvas={canvas}
          label={frame ? `Image made for ${name}, ${place}` : "No image yet"}
        >
          {!picture && (
            <p class="stage-empty">
              Start grows the image of <b>{name}</b> here.
            </p>
          )}
        </Pixels>
      </div>
      <progress aria-label="Steps" max={frame?.steps ?? 1} value={frame?.step ?? 0} />
      <div class="stage-controls">
        {children}
        <button type="button" class="stage-save" disabled={!picture} onClick={() => savePng(canvas.current, `${stem(asked?.objective ?? objective)}.png`)}>
          PNG
        </button>
      </div>
      <div class="stage-facts">
        <span class="stage-phase" data-phase={phase}>
          {PHASES[phase]}
        </span>
        <span>{place || "–"}</span>
        <span>{speed === null ? "" : `${speed.toFixed(1)} steps/s`}</span>
        <span class="stage-score">
          {frame && (frame.class ? `score ${precise(frame.class.score)} · posterior ${percent(frame.class.probability)}` : `objective ${precise(frame.score)}`)}
        </span>
      </div>
      <p class="spoken" role="status">
        {PHASES[phase]} {phase === "paused" || phase === "done" ? place : ""}
      </p>
    </section>
  );
}

/** `class:130` says little; the class's name is shown instead. */
function className(objective: string, labels: string[]): string {
  const index = /^(?:class|posterior):(\d+)$/.exec(objective)?.[1];
  return (index !== undefined && labels[Number(index)]) || objective.replace(/^class:/, "");
}
