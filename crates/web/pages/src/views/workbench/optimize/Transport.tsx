import type { Phase } from "./running";

const MAIN: Record<Phase, string> = {
  idle: "Start",
  connecting: "Starting…",
  running: "Pause",
  paused: "Resume",
  done: "Start again",
  lost: "Start again",
};

type Properties = { phase: Phase; ready: boolean; toggle: () => void; step: () => void; restart: () => void };

/** Start, pause, one step, restart: the same as space, period and r. */
export function Transport({ phase, ready, toggle, step, restart }: Properties) {
  return (
    <div class="transport">
      <button type="button" class="primary" disabled={!ready} title="Start or pause (space)" onClick={toggle}>
        {MAIN[phase]}
      </button>
      <button type="button" disabled={!ready || phase === "done"} title="One step (.)" onClick={step}>
        One step
      </button>
      <button type="button" disabled={!ready || phase === "idle"} title="From the start, with the form as it is (r)" onClick={restart}>
        Restart
      </button>
    </div>
  );
}
