import type { BundleArray } from "../../api/bundle";
import type { Raster } from "../../parts/Pixels";
import { paintRgb } from "../../parts/ramps";

/** RGB bytes of shape (h, w, 3) as a picture. */
export function opaque({ data, shape }: BundleArray): Raster {
  return { width: shape[1] ?? 0, height: shape[0] ?? 0, pixels: paintRgb(data) };
}
