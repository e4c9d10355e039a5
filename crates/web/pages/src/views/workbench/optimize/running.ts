import { useEffect, useRef, useState } from "preact/hooks";
import type { BundleArray } from "../../../api/bundle";
import { Optimization } from "../../../api/optimization";
import { Course } from "./course";
import type { Start } from "../../../api/optimization";
import type { OptimizeSettings, Optimized } from "../../../api/types";

/** How it stands; pausing counts from the wish on, though the steps under way are still shown. */
export type Phase = "idle" | "connecting" | "running" | "paused" | "done" | "lost";

export type Running = {
  phase: Phase;
  /** What was asked for when it started. */
  asked: Start | null;
  /** What the server said last. */
  frame: Optimized | null;
  /** The newest image; that of the run before until the first frame comes. */
  image: BundleArray | null;
  /** The image in the network's own numbers, where it stands still. */
  input: BundleArray | null;
  course: Course;
  error: string | null;
  /** The step at which a slider was last moved while it ran. */
  movedAt: number | null;
  start: (asked: Start, onlyOne?: boolean) => void;
  pause: () => void;
  resume: () => void;
  step: () => void;
  change: (changes: OptimizeSettings) => void;
};

type Shown = {
  phase: Phase;
  asked: Start | null;
  frame: Optimized | null;
  image: BundleArray | null;
  input: BundleArray | null;
  error: string | null;
  movedAt: number | null;
};

const NOTHING: Shown = { phase: "idle", asked: null, frame: null, image: null, input: null, error: null, movedAt: null };

/** One optimization at a time, drawn at most once per frame of the screen; an older image that was not drawn yet is dropped. */
export function useOptimization(): Running {
  const connection = useRef<Optimization | null>(null);
  const course = useRef(new Course());
  const state = useRef(NOTHING);
  const wanted = useRef(0);
  const still = useRef(false);
  const [shown, show] = useState(NOTHING);

  const set = (change: Partial<Shown>) => {
    state.current = { ...state.current, ...change };
    if (!wanted.current) {
      // a timer beside the screen's frames: hidden pages get none, and must still learn that the work is done
      const draw = () => {
        cancelAnimationFrame(frame);
        clearTimeout(timer);
        wanted.current = 0;
        show(state.current);
      };
      const frame = requestAnimationFrame(draw);
      const timer = setTimeout(draw, 250);
      wanted.current = frame;
    }
  };

  const close = () => {
    connection.current?.close();
    connection.current = null;
  };

  useEffect(() => close, []);

  const start = (asked: Start, onlyOne = false) => {
    close();
    course.current = new Course();
    still.current = onlyOne;
    set({ ...NOTHING, asked, phase: "connecting", image: state.current.image });
    const opened = new Optimization({
      frame: ({ meta, arrays }) => {
        course.current.add(meta, performance.now());
        set({ frame: meta, image: arrays.image ?? null, input: arrays.input ?? null, phase: meta.state === "running" && still.current ? "paused" : meta.state });
      },
      refused: (error) => set(state.current.frame ? { error } : { error, phase: "idle", image: null }),
      lost: () => {
        connection.current = null;
        if (state.current.phase !== "done" && state.current.phase !== "idle") set({ phase: "lost" });
      },
    });
    connection.current = opened;
    opened.send({ do: "start", ...asked, paused: onlyOne });
    if (onlyOne) opened.send({ do: "step" });
  };

  const pace = (wish: "pause" | "resume" | "step") => {
    connection.current?.send({ do: wish });
    still.current = wish !== "resume";
    set({ error: null, phase: still.current ? "paused" : "running" });
  };

  return {
    ...shown,
    course: course.current,
    start,
    pause: () => pace("pause"),
    resume: () => pace("resume"),
    step: () => pace("step"),
    change: (changes) => {
      const { phase, frame } = state.current;
      if (phase !== "connecting" && phase !== "running" && phase !== "paused") return;
      connection.current?.send({ do: "change", changes });
      set({ error: null, movedAt: frame?.step ?? null });
    },
  };
}
