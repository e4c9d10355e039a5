/** The ticks of an axis, and how its numbers are written. */
export type Axis = {
  low: number;
  high: number;
  ticks: number[];
  write: (value: number) => string;
};

const STEPS = [1, 2, 2.5, 5, 10];

/** An axis from `low` to `high` with at most about `wanted` ticks at round numbers. */
export function axis(low: number, high: number, wanted: number): Axis {
  const span = high - low > 0 ? high - low : Math.max(1e-9, Math.abs(high) * 0.1);
  const raw = span / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = (STEPS.find((factor) => factor * power >= raw * 0.999) ?? 10) * power;
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step - 1e-6); n * step <= low + span * 1.000001; n += 1) ticks.push(n * step);
  return { low, high: low + span, ticks, write: writer(step) };
}

/** An axis that holds all values with a little air, and zero where it is near. */
export function around(values: Iterable<number>, wanted: number): Axis {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 1];
  const span = high - low || Math.max(1, Math.abs(high));
  if (low > 0 && low < span) low = 0;
  const air = span * 0.06;
  return axis(low === 0 ? 0 : low - air, high + air, wanted);
}

function writer(step: number): (value: number) => string {
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (isRound(step) ? 0 : 1));
  return (value) => {
    if (Math.abs(value) < step * 1e-6) return "0";
    if (Math.abs(value) >= 1e5 || decimals > 5) return value.toExponential(1).replace("e+", "e");
    return value.toFixed(decimals).replace("-", "−");
  };
}

/** Whether a step has one significant digit: 0.2, not 0.25. */
function isRound(step: number): boolean {
  const digit = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
  return Math.abs(digit - Math.round(digit)) < 1e-6;
}
