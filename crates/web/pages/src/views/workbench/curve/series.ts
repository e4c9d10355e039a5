/** A line of a curve: numbers by step, and their name and unit. */
export type Series = {
  name: string;
  unit: string;
  steps: number[];
  values: number[];
  /** Fixed ends of the axis, such as 0 to 1 for probabilities. */
  range?: [number, number];
  write: (value: number) => string;
};

/** The index of the point nearest to a step; points are in the order of their steps. */
export function nearest(steps: number[], step: number): number {
  let [low, high] = [0, steps.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] ?? 0) < step) low = middle + 1;
    else high = middle;
  }
  const before = steps[low - 1];
  return before !== undefined && step - before < (steps[low] ?? Infinity) - step ? low - 1 : low;
}

/**
 * An SVG path through the points. Where several share a pixel column, first, lowest, highest and last are kept, so that
 * thousands of steps cost no more than the width and no peak is lost.
 */
export function path(series: Series, x: (step: number) => number, y: (value: number) => number): string {
  const out: string[] = [];
  const { steps, values } = series;
  let at = 0;
  while (at < steps.length) {
    const column = Math.round(x(steps[at] ?? 0));
    const first = at;
    let [low, high] = [at, at];
    while (at < steps.length && Math.round(x(steps[at] ?? 0)) === column) {
      if ((values[at] ?? 0) < (values[low] ?? 0)) low = at;
      if ((values[at] ?? 0) > (values[high] ?? 0)) high = at;
      at += 1;
    }
    const kept = [...new Set([first, low, high, at - 1])].sort((a, b) => a - b);
    for (const i of kept) {
      out.push(`${out.length ? "L" : "M"}${x(steps[i] ?? 0).toFixed(1)} ${y(values[i] ?? 0).toFixed(1)}`);
    }
  }
  return out.join("");
}

/** What a person who does not see the line is told. */
export function summary({ name, unit, steps, values, write }: Series): string {
  const last = values.length - 1;
  if (last < 0) return `Curve of the ${name}: no step yet.`;
  let best = 0;
  values.forEach((value, i) => {
    if (value > (values[best] ?? -Infinity)) best = i;
  });
  const number = (i: number) => `${write(values[i] ?? 0)}${unit && ` ${unit}`}`;
  return (
    `Curve of the ${name}, steps ${steps[0]} to ${steps[last]}: begins at ${number(0)}, ` +
    `highest ${number(best)} at step ${steps[best]}, now ${number(last)}.`
  );
}
