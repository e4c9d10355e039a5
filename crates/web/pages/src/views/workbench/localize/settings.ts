import type { Localization, Option, Preset } from "../../../api/types";

/** The settings a person moves first: which pixels give the colors, and what the colors weigh. */
export const FIRST = ["foreground", "background", "lambda"];

/** What a setting is before it is changed. */
export function unchanged(option: Option, preset: Preset | undefined): string {
  return preset?.values[option.key] ?? "";
}

/** Settings that differ from the preset's, as the server is asked for them. */
export function differing(
  { options }: Localization,
  preset: Preset | undefined,
  changed: Record<string, string>,
): Record<string, string> {
  const real = options.filter((option) => {
    const value = changed[option.key];
    return value !== undefined && value !== unchanged(option, preset);
  });
  return Object.fromEntries(real.map(({ key }) => [key, changed[key] ?? ""]));
}

export type Slide = { low: number; high: number; step: number };

/** Ends and step of a setting's slider, null for one that is no number. Where no end is known, five times the preset's number is. */
export function slide({ takes, minimum, maximum }: Option, own: string): Slide | null {
  const whole = takes === "N" || takes === "K";
  if (!whole && takes !== "X" && takes !== "Q" && takes !== "0..1") return null;
  const low = minimum ?? 0;
  const high = maximum ?? (takes === "0..1" ? 1 : round(5 * Math.max(Number(own), whole ? 1 : 0) || 1));
  const step = whole ? 1 : 10 ** Math.floor(Math.log10((high - low) / 100) + 1e-9) / (takes === "Q" ? 2 : 1);
  return { low, high, step };
}

/** The next number with one digit. */
function round(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return Number((Math.ceil(value / power - 1e-9) * power).toPrecision(1));
}
