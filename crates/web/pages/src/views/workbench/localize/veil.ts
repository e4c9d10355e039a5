import type { BundleArray } from "../../../api/bundle";
import type { Raster } from "../../../parts/Pixels";
import { paintRgb } from "../../../parts/ramps";
import { within } from "./mask";

/** How the mask is laid over the picture. */
export const VEILS = {
  outline: "outline",
  dimmed: "surround dimmed",
  cutout: "cut out",
  mask: "mask alone",
} as const;

export type Veil = keyof typeof VEILS;

/** Warm, as the positive side of every map here; dark beside it, so that the line shows on any picture. */
const LINE = [255, 140, 26] as const;
const HALO = [20, 20, 24] as const;

/** A picture under a mask. `lined`: the mask's edge is drawn already. */
export function veiled(picture: BundleArray, mask: BundleArray, veil: Veil, lined: boolean): Raster {
  const [height = 0, width = 0] = picture.shape;
  const inside = within(mask, [height, width]);
  const pixels = paintRgb(picture.data);
  for (let i = 0, at = 0; i < inside.length; i += 1, at += 4) {
    if (veil === "mask") pixels.fill(inside[i] ? 255 : 0, at, at + 3);
    else if (!inside[i] && veil === "cutout") pixels[at + 3] = 0;
    else if (!inside[i] && veil === "dimmed") {
      pixels.fill(0.35 * (0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!), at, at + 3);
    }
  }
  if (!lined && (veil === "outline" || veil === "dimmed")) line(pixels, inside, height, width);
  return { width, height, pixels };
}

/** Draws the mask's edge: a warm line on the object's side, a dark one beyond, both as wide as the picture's size asks. */
function line(pixels: Uint8ClampedArray, inside: Uint8Array, h: number, w: number): void {
  const reach = Math.max(1, Math.round(Math.max(h, w) / 360));
  const on = (y: number, x: number) => (y >= 0 && x >= 0 && y < h && x < w ? inside[y * w + x] : 0);
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      const here = inside[y * w + x];
      let edge = false;
      for (let d = 1; d <= reach && !edge; d += 1) {
        edge = on(y - d, x) !== here || on(y + d, x) !== here || on(y, x - d) !== here || on(y, x + d) !== here;
      }
      if (edge) pixels.set(here ? LINE : HALO, 4 * (y * w + x));
    }
  }
}
