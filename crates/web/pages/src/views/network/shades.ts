import { mix, type Color, type Palette } from "./palette";

/** What a picture makes of each row: the largest activation of each unit, and the row's range. */
export interface RowActivity {
  peaks: ArrayLike<number>;
  low: number;
  high: number;
}

/** A unit's number as a share of its row's largest magnitude, -1 to 1. */
export function relative(activity: RowActivity, unit: number): number {
  const largest = Math.max(Math.abs(activity.low), Math.abs(activity.high));
  return largest > 0 ? (activity.peaks[unit] ?? 0) / largest : 0;
}

const CONTRAST = 1.5;

/** The colors of a row's units: warm where the picture excites them, blue where it inhibits, faint at zero. */
export function shades(units: number, activity: RowActivity | null, palette: Palette): Color[] {
  if (!activity) return Array.from({ length: units }, () => mix(palette.ground, palette.ink, 0.42));
  const faint = mix(palette.ground, palette.ink, 0.16);
  return Array.from({ length: units }, (_, unit) => {
    const share = relative(activity, unit);
    // Most units reach a third of their row's largest activation; the power keeps them apart from those that stand out.
    return mix(faint, share < 0 ? palette.negative : palette.positive, Math.pow(Math.abs(share), CONTRAST));
  });
}
