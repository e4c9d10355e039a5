import { Store } from "../../api/store";

export type Color = [red: number, green: number, blue: number];

/** The theme's colors as numbers, for the canvases. */
export interface Palette {
  ground: Color;
  ink: Color;
  quiet: Color;
  line: Color;
  positive: Color;
  negative: Color;
  /** What marks the chosen unit. */
  accent: Color;
}

const TOKENS: Record<keyof Palette, string> = {
  ground: "--panel",
  ink: "--ink",
  quiet: "--ink-soft",
  line: "--line",
  positive: "--positive",
  negative: "--negative",
  accent: "--accent",
};

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const dot = document.createElement("canvas");
  dot.width = dot.height = 1;
  const context = dot.getContext("2d", { willReadFrequently: true })!;
  const color = (token: string): Color => {
    // The canvas resolves whatever notation the theme uses.
    context.fillStyle = style.getPropertyValue(token).trim() || "#888";
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return [red!, green!, blue!];
  };
  return Object.fromEntries(Object.entries(TOKENS).map(([name, token]) => [name, color(token)])) as unknown as Palette;
}

/** Grows each time the theme's colors change. */
export const paletteAge = new Store(0);

new MutationObserver(() => paletteAge.set(paletteAge.value + 1)).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ["data-theme", "data-present"],
});

export function css([red, green, blue]: Color, alpha = 1): string {
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

export function mix(from: Color, to: Color, share: number): Color {
  return from.map((value, i) => Math.round(value + (to[i]! - value) * share)) as Color;
}
