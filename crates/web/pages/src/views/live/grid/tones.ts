import type { Look } from "../../../api/types";
import { gammaTable, heat, type Ramp, signed } from "../../../parts/ramps";

/** Colors of a row's tiles: which of 256 colors each stored byte gets, and the colors as the pixels of a canvas. */
export type Tones = {
  isSigned: boolean;
  colors: Uint32Array;
  levels: (unit: number) => Uint8Array;
};

type Given = { look: Look; peaks: ArrayLike<number>; slopes: boolean; gamma: number; boost: number };

/** `boost` 0 normalizes over the row, 1 over each unit, in between in between. */
export function tonesOf({ look: { tiles }, peaks, slopes, gamma, boost }: Given): Tones {
  const { low, high } = tiles;
  const isSigned = slopes || low < 0;
  const bent = gammaTable(isSigned, gamma);
  const most = isSigned ? Math.max(Math.abs(low), Math.abs(high)) : high;
  const gain = (unit: number) => {
    const peak = Math.abs(peaks[unit] ?? 0);
    return boost > 0 && peak > 0 && most > 0 ? Math.min(200, (most / peak) ** boost) : 1;
  };
  const table = (factor: number) => {
    const levels = new Uint8Array(256);
    for (let stored = 0; stored < 256; stored++) {
      const value = ((low + (stored / 255) * (high - low)) / (most || 1)) * factor;
      const level = isSigned ? 127.5 + 127.5 * value : 255 * value;
      levels[stored] = bent[Math.max(0, Math.min(255, Math.round(level)))]!;
    }
    return levels;
  };
  const plain = table(1);
  return { isSigned, colors: words(isSigned ? signed : heat), levels: boost > 0 ? (unit) => table(gain(unit)) : () => plain };
}

function words(ramp: Ramp): Uint32Array {
  const colors = new Uint32Array(256);
  const bytes = new Uint8Array(colors.buffer);
  for (let index = 0; index < 256; index++) {
    bytes.set(ramp.subarray(index * 3, index * 3 + 3), index * 4);
    bytes[index * 4 + 3] = 255;
  }
  return colors;
}
