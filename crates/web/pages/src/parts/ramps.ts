/**
 * Colors of numbers, the same in light and dark. `heat`: 0 is near black, brightness grows with the number. `signed`: 0 is mid
 * grey, positive warm and brighter, negative blue and darker, so that both stay readable in grey.
 */
export type Ramp = Uint8ClampedArray;

type Stop = [number, number, number, number];

const HEAT: Stop[] = [
  [0, 20, 21, 25],
  [0.25, 84, 38, 24],
  [0.55, 196, 92, 28],
  [0.8, 246, 172, 82],
  [1, 255, 246, 224],
];

const SIGNED: Stop[] = [
  [0, 8, 26, 92],
  [0.25, 34, 84, 178],
  [0.5, 118, 120, 124],
  [0.75, 236, 158, 84],
  [1, 255, 240, 212],
];

const GREY: Stop[] = [
  [0, 0, 0, 0],
  [1, 255, 255, 255],
];

/** 256 colors, RGB. */
function ramp(stops: Stop[]): Ramp {
  const colors = new Uint8ClampedArray(256 * 3);
  for (let index = 0; index < 256; index++) {
    const at = index / 255;
    const after = Math.max(1, stops.findIndex(([position]) => position >= at));
    const low = stops[after - 1]!;
    const high = stops[after]!;
    const share = (at - low[0]) / (high[0] - low[0]);
    for (const channel of [1, 2, 3] as const) {
      colors[index * 3 + channel - 1] = low[channel] + (high[channel] - low[channel]) * share;
    }
  }
  return colors;
}

export const heat = ramp(HEAT);
export const signed = ramp(SIGNED);
export const grey = ramp(GREY);

/** Numbers to pixels: `low` and `high` get the ends of the ramp. Gamma acts on the distance from zero of a signed ramp. */
export function paintNumbers(
  numbers: ArrayLike<number>,
  colors: Ramp,
  low: number,
  high: number,
  gamma = 1,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(numbers.length * 4);
  const table = gammaTable(colors === signed, gamma);
  const scale = high > low ? 255 / (high - low) : 0;
  for (let index = 0; index < numbers.length; index++) {
    const level = Math.round((numbers[index]! - low) * scale);
    const color = table[level < 0 ? 0 : level > 255 ? 255 : level]! * 3;
    pixels[index * 4] = colors[color]!;
    pixels[index * 4 + 1] = colors[color + 1]!;
    pixels[index * 4 + 2] = colors[color + 2]!;
    pixels[index * 4 + 3] = 255;
  }
  return pixels;
}

export function gammaTable(isSigned: boolean, gamma: number): Uint8Array {
  const table = new Uint8Array(256);
  for (let level = 0; level < 256; level++) {
    if (isSigned) {
      const from = (level - 127.5) / 127.5;
      table[level] = Math.round(127.5 + 127.5 * Math.sign(from) * Math.abs(from) ** gamma);
    } else {
      table[level] = Math.round(255 * (level / 255) ** gamma);
    }
  }
  return table;
}

/** [H,W,3] bytes to pixels. */
export function paintRgb(rgb: ArrayLike<number>): Uint8ClampedArray<ArrayBuffer> {
  const count = rgb.length / 3;
  const pixels = new Uint8ClampedArray(count * 4);
  for (let index = 0; index < count; index++) {
    pixels[index * 4] = rgb[index * 3]!;
    pixels[index * 4 + 1] = rgb[index * 3 + 1]!;
    pixels[index * 4 + 2] = rgb[index * 3 + 2]!;
    pixels[index * 4 + 3] = 255;
  }
  return pixels;
}
