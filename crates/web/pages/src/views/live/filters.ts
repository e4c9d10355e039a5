import type { BundleArray } from "../../api/bundle";
import type { Raster } from "../../parts/Pixels";
import { grey, heat, paintNumbers } from "../../parts/ramps";
import type { FILTERS } from "./settings";

/** The share of numbers other than 0 that may go beyond black and white. */
const CLIPPED = 0.003;
const SIGMA = 4;

/** The display filters of the DeepVis toolbox. `back`: i16 [C,H,W] in input space. */
export function filtered(back: BundleArray, filter: (typeof FILTERS)[number]): Raster {
  const [channels = 1, height = 1, width = 1] = back.shape;
  const size = width * height;
  const { data } = back;
  if (filter === "raw" && channels === 3) {
    return { width, height, pixels: raw(data, size, spread(data)) };
  }
  if (filter === "raw" || filter === "grey") {
    const mean = combined(data, channels, size, (sum, value) => sum + value, (sum) => sum / channels);
    const most = spread(mean);
    return { width, height, pixels: paintNumbers(mean, grey, -most, most) };
  }
  let norm = combined(data, channels, size, (sum, value) => sum + value * value, Math.sqrt);
  if (filter === "normblur") norm = blurred(norm, width, height, SIGMA);
  return { width, height, pixels: paintNumbers(norm, heat, 0, spread(norm)) };
}

function raw(data: ArrayLike<number>, size: number, most: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(size * 4);
  const scale = 127.5 / most;
  for (let index = 0; index < size; index++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[index * 4 + channel] = 127.5 + data[channel * size + index]! * scale;
    }
    pixels[index * 4 + 3] = 255;
  }
  return pixels;
}

function combined(
  data: ArrayLike<number>,
  channels: number,
  size: number,
  add: (sum: number, value: number) => number,
  finish: (sum: number) => number,
): Float32Array {
  const result = new Float32Array(size);
  for (let index = 0; index < size; index++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum = add(sum, data[channel * size + index]!);
    result[index] = finish(sum);
  }
  return result;
}

/** The magnitude that all but the largest few numbers stay below; what lies outside of a receptive field does not count. */
function spread(numbers: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < numbers.length; index++) most = Math.max(most, Math.abs(numbers[index]!));
  if (most === 0) return 1;
  const bins = new Uint32Array(1024);
  for (let index = 0; index < numbers.length; index++) bins[Math.floor((Math.abs(numbers[index]!) / most) * 1023)]!++;
  let zeros = 0;
  for (let index = 0; index < numbers.length; index++) if (numbers[index] === 0) zeros++;
  let beyond = (numbers.length - zeros) * CLIPPED;
  let bin = 1023;
  while (bin > 0 && beyond >= bins[bin]!) beyond -= bins[bin--]!;
  return ((bin + 1) / 1024) * most;
}

function blurred(numbers: Float32Array, width: number, height: number, sigma: number): Float32Array {
  const reach = Math.ceil(3 * sigma);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, index) => Math.exp(-((index - reach) ** 2) / (2 * sigma * sigma)));
  const across = pass(numbers, width, height, 1, width, kernel, reach);
  return pass(across, height, width, width, 1, kernel, reach);
}

/** One direction of the blur; beyond the edges is nothing, and what remains of the kernel is made whole. */
function pass(
  numbers: Float32Array,
  length: number,
  lines: number,
  step: number,
  lineStep: number,
  kernel: Float32Array,
  reach: number,
): Float32Array {
  const result = new Float32Array(numbers.length);
  for (let line = 0; line < lines; line++) {
    for (let at = 0; at < length; at++) {
      const first = Math.max(0, at - reach);
      const last = Math.min(length - 1, at + reach);
      let sum = 0;
      let weight = 0;
      for (let from = first; from <= last; from++) {
        const share = kernel[from - at + reach]!;
        sum += share * numbers[line * lineStep + from * step]!;
        weight += share;
      }
      result[line * lineStep + at * step] = sum / weight;
    }
  }
  return result;
}
