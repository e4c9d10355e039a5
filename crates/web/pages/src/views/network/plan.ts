import type { RowShape } from "./depth";

export interface Size {
  width: number;
  height: number;
}

export interface Margins {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** One row of units, wrapped into lines. Unit u stands in column u % columns of line ⌊u / columns⌋. */
export interface Block {
  row: number;
  depth: number;
  units: number;
  columns: number;
  lines: number;
  pitch: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** All rows of one depth. */
export interface Band {
  y: number;
  height: number;
  rows: number[];
}

/** Where everything stands, in the pixels of a view that shows the whole network. */
export interface Plan {
  size: Size;
  margins: Margins;
  gap: number;
  blocks: Block[];
  bands: Band[];
}

const LARGEST_PITCH = 11;
const SMALLEST_PITCH = 1.5;
/** Share of the height that stays free between the bands: there the paths run. */
const FREE = 0.42;

/** Fits all rows into `size` with the largest dots that let every unit be seen; taller than `size` if there are too many. */
export function plan(rows: RowShape[], depth: number[], size: Size, margins: Margins): Plan {
  const bands: number[][] = [];
  rows.forEach((_, i) => (bands[depth[i]!] ??= []).push(i));
  const width = Math.max(60, size.width - margins.left - margins.right);
  const height = Math.max(60, size.height - margins.top - margins.bottom);
  const between = Math.max(1, bands.length - 1);
  const smallestGap = Math.min(44, Math.max(4, (FREE * height) / between));

  let pitch = LARGEST_PITCH;
  let lines = bands.map((band) => linesOf(band, rows, width, pitch));
  const used = () => lines.reduce((sum, n) => sum + n, 0) * pitch + between * smallestGap;
  while (used() > height && pitch > SMALLEST_PITCH) {
    pitch = Math.max(SMALLEST_PITCH, pitch * 0.985);
    lines = bands.map((band) => linesOf(band, rows, width, pitch));
  }
  // Whole and half pixels keep the raster of dots even.
  if (pitch > 2) pitch = Math.floor(pitch * 2) / 2;
  lines = bands.map((band) => linesOf(band, rows, width, pitch));
  const gap = Math.min(90, smallestGap + Math.max(0, height - used()) / between);

  const blocks: Block[] = [];
  const placed: Band[] = [];
  const total = lines.reduce((sum, n) => sum + n, 0) * pitch + between * gap;
  let y = margins.top + Math.max(0, (height - total) / 2);
  bands.forEach((band, d) => {
    const count = lines[d]!;
    const columns = band.map((row) => Math.ceil(rows[row]!.units / count));
    const apart = space(pitch);
    const taken = columns.reduce((sum, n) => sum + n * pitch, 0) + (band.length - 1) * apart;
    let x = Math.round(margins.left + (width - taken) / 2);
    band.forEach((row, i) => {
      const n = columns[i]!;
      const own = Math.ceil(rows[row]!.units / n);
      blocks[row] = {
        row, depth: d, units: rows[row]!.units, columns: n, lines: own, pitch,
        x, y: Math.round(y), width: n * pitch, height: own * pitch,
      };
      x += n * pitch + apart;
    });
    placed.push({ y: Math.round(y), height: count * pitch, rows: band });
    y += count * pitch + gap;
  });
  return {
    size: { width: size.width, height: Math.max(size.height, y - gap + margins.bottom) },
    margins, gap, blocks, bands: placed,
  };
}

/** Space between rows that stand side by side. */
function space(pitch: number): number {
  return Math.max(14, pitch * 3);
}

function linesOf(band: number[], rows: RowShape[], width: number, pitch: number): number {
  const free = Math.max(band.length, Math.floor((width - (band.length - 1) * space(pitch)) / pitch));
  const units = band.reduce((sum, row) => sum + rows[row]!.units, 0);
  let lines = Math.max(1, Math.ceil(units / free));
  const columns = () => band.reduce((sum, row) => sum + Math.ceil(rows[row]!.units / lines), 0);
  while (columns() > free && lines < units) lines++;
  return lines;
}

export interface Point {
  x: number;
  y: number;
}

/** The middle of a unit's dot. */
export function place(block: Block, unit: number): Point {
  return {
    x: block.x + ((unit % block.columns) + 0.5) * block.pitch,
    y: block.y + (Math.floor(unit / block.columns) + 0.5) * block.pitch,
  };
}
