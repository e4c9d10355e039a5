import type { Query } from "../../../api/client";
import type { Picture } from "../../../api/types";
import { savePng } from "../../../parts/Save";
import { problem } from "../../../shell/problem";
import { locate } from "./located";

/** The longest side that the server gives. */
const SIDE = 1024;

/** Saves the mask in the picture's own pixels where they are known, white on the object, as the command line writes it. */
export async function saveMask(wish: Query, picture: Picture, name: string): Promise<void> {
  try {
    const { arrays, meta } = await locate({ ...wish, side: SIDE });
    const height = picture.height ?? meta.size[0];
    const width = picture.width ?? meta.size[1];
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const inside = arrays.mask && within(arrays.mask, [height, width]);
    const image = new ImageData(width, height);
    inside?.forEach((on, i) => image.data.set(on ? [255, 255, 255, 255] : [0, 0, 0, 255], 4 * i));
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    savePng(canvas, name);
  } catch (error) {
    problem.set(error instanceof Error ? error.message : String(error));
  }
}

/** 1 on the object, at any size. */
export function within({ data, shape }: { data: ArrayLike<number>; shape: number[] }, [h, w]: [number, number]): Uint8Array {
  const [rows = 0, columns = 0] = shape;
  const inside = new Uint8Array(h * w);
  for (let y = 0; y < h; y += 1) {
    const row = Math.floor((y * rows) / h) * columns;
    for (let x = 0; x < w; x += 1) inside[y * w + x] = (data[row + Math.floor((x * columns) / w)] ?? 0) > 127 ? 1 : 0;
  }
  return inside;
}
