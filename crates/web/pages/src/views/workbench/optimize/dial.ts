import type { OptimizeSettings } from "../../../api/types";

/** A number of the recipe as a slider: where it runs, and how its place on the slider becomes the number. */
export type Dial = {
  key: keyof OptimizeSettings;
  name: string;
  means: string;
  unit: string;
  /** Places on the slider, 0 to `places`. */
  places: number;
  value: (place: number, base: number | null) => number;
  place: (value: number, base: number | null) => number;
};

/** Places of a slider per factor of ten. */
const DECADE = 20;

/** Zero at the left end, then a logarithmic way from `low` up. */
function logarithmic(low: number, decades: number): Pick<Dial, "places" | "value" | "place"> {
  return {
    places: decades * DECADE + 1,
    value: (place) => (place === 0 ? 0 : short(low * 10 ** ((place - 1) / DECADE))),
    place: (value) => (value <= 0 ? 0 : Math.max(1, Math.round(Math.log10(value / low) * DECADE) + 1)),
  };
}

function linear(most: number, each: number): Pick<Dial, "places" | "value" | "place"> {
  return {
    places: Math.round(most / each),
    value: (place) => short(place * each),
    place: (value) => Math.round(value / each),
  };
}

/** A hundredth to a hundred times the recipe's number, which stands in the middle. */
function about(fallback: number): Pick<Dial, "places" | "value" | "place"> {
  const half = 2 * DECADE;
  return {
    places: 2 * half,
    value: (place, base) => short((base || fallback) * 10 ** ((place - half) / DECADE)),
    place: (value, base) => half + Math.round(Math.log10(Math.max(value, 1e-12) / (base || fallback)) * DECADE),
  };
}

export const DIALS: Dial[] = [
  { key: "step", name: "Step size", means: "how far each step climbs", unit: "", ...about(0.05) },
  { key: "l2", name: "L2", means: "how hard the image is pulled to the mean", unit: "", ...logarithmic(1e-3, 5) },
  { key: "blur", name: "Blur", means: "standard deviation of the blur", unit: "px", ...linear(4, 0.05) },
  { key: "jitter", name: "Jitter", means: "range of the random shift of each step", unit: "px", ...linear(64, 1) },
];

/** Three significant digits. */
function short(value: number): number {
  return Number(value.toPrecision(3));
}
