import type { Series } from "../curve/series";
import type { Optimized } from "../../../api/types";

/** Milliseconds over which the speed is measured. */
const WINDOW = 3000;

/** The numbers of every step so far, and the speed of the last. Images are not kept. */
export class Course {
  readonly steps: number[] = [];
  readonly objective: number[] = [];
  readonly score: number[] = [];
  readonly probability: number[] = [];
  #marks: { at: number; step: number }[] = [];

  add(frame: Optimized, now: number): void {
    for (const [step, objective, score, probability] of frame.curve) {
      if (step <= (this.steps.at(-1) ?? -1)) continue;
      this.steps.push(step);
      this.objective.push(objective);
      if (score !== null) this.score.push(score);
      if (probability !== null) this.probability.push(probability);
    }
    if (frame.state !== "running") this.#marks = [];
    this.#marks.push({ at: now, step: frame.step });
    while (this.#marks.length > 2 && now - (this.#marks[0]?.at ?? now) > WINDOW) this.#marks.shift();
  }

  /** Steps a second, once two frames are known. */
  get speed(): number | null {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.at <= first.at) return null;
    return ((last.step - first.step) * 1000) / (last.at - first.at);
  }

  /** Whether the objective is about one class, so that score and posterior are known. */
  get ofClass(): boolean {
    return this.steps.length > 0 && this.score.length === this.steps.length;
  }

  series(shown: "objective" | "score" | "posterior"): Series {
    const steps = this.steps;
    if (shown === "posterior" && this.ofClass) {
      const values = this.probability.map((share) => share * 100);
      return { name: "posterior", unit: "%", steps, values, range: [0, 100], write: (value) => value.toFixed(1) };
    }
    if (shown === "score" && this.ofClass) {
      return { name: "class score", unit: "", steps, values: this.score, write: number };
    }
    return { name: "objective", unit: "", steps, values: this.objective, write: number };
  }

  csv(): string {
    const rows = this.steps.map((step, i) =>
      [step, this.objective[i], ...(this.ofClass ? [this.score[i], this.probability[i]] : [])].join(","),
    );
    return ["step,objective" + (this.ofClass ? ",score,probability" : ""), ...rows, ""].join("\n");
  }
}

/** Four significant digits with a true minus sign. */
export function number(value: number): string {
  const size = Math.abs(value);
  const text = size >= 1e5 || (size > 0 && size < 1e-3) ? value.toExponential(2) : value.toPrecision(4);
  return text.replace("-", "−");
}
