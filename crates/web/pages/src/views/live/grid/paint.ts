import type { Bundle } from "../../../api/bundle";
import type { Look } from "../../../api/types";
import { precise } from "../../../parts/numbers";
import { cellOf, type Geometry } from "./geometry";
import type { Patterns } from "./patterns";
import type { Tones } from "./tones";

export type Scene = {
  bundle: Bundle<Look>;
  units: number;
  geometry: Geometry;
  tones: Tones;
  names: string[];
  /** Instead of maps: the part of a picture that each unit likes most. */
  patterns: Patterns | null;
  chosen: number;
  /** The unit back-projection is frozen at, when it is in this row. */
  frozen: number | null;
};

export type Viewport = { width: number; height: number; top: number; ratio: number };

/** Draws what is visible of the grid; the canvas is as large as the viewport. */
export function paint(canvas: HTMLCanvasElement, scene: Scene, viewport: Viewport): void {
  const { width, height, ratio } = viewport;
  const pixelWidth = Math.max(1, Math.round(width * ratio));
  const pixelHeight = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const context = canvas.getContext("2d")!;
  const style = getComputedStyle(canvas);
  const color = (name: string) => style.getPropertyValue(name).trim();
  context.setTransform(1, 0, 0, 1, 0, 0);
  const { kind } = scene.geometry;
  context.fillStyle = color(kind === "names" ? "--panel" : "--grid-ground");
  context.fillRect(0, 0, pixelWidth, pixelHeight);
  if (!scene.patterns || kind !== "maps") paintTiles(context, scene, viewport);
  context.setTransform(ratio, 0, 0, ratio, 0, -viewport.top * ratio);
  clearBeyond(context, scene, viewport);
  if (scene.patterns && kind === "maps") paintPatterns(context, scene, viewport);
  if (kind === "names") paintNames(context, scene, viewport, color("--ink"), color("--ink-soft"), style.fontFamily);
  if (kind === "numbers") paintNumbers(context, scene, viewport, style.fontFamily);
  if (scene.frozen !== null) outline(context, scene.geometry, scene.frozen, color("--cursor"), true);
  outline(context, scene.geometry, scene.chosen, color(kind === "names" ? "--accent" : "--cursor"), false);
}

function visible({ geometry, units }: Scene, { top, height }: Viewport): [number, number] {
  const first = Math.floor(top / geometry.cellHeight) * geometry.columns;
  const last = Math.ceil((top + height) / geometry.cellHeight) * geometry.columns;
  return [Math.max(0, first), Math.min(units, last)];
}

/** In a list of names the tile is a small square at the beginning of the line. */
function tileBox({ kind, cellWidth, cellHeight, gap }: Geometry): [number, number] {
  return kind === "names" ? [cellHeight - gap, cellHeight - gap] : [cellWidth - gap, cellHeight - gap];
}

/** Nearest neighbors, straight into the canvas's pixels: as fast for ten thousand units as for ten. */
function paintTiles(context: CanvasRenderingContext2D, scene: Scene, viewport: Viewport): void {
  const { geometry, tones } = scene;
  const { ratio, top } = viewport;
  const { width, height } = context.canvas;
  const tiles = scene.bundle.arrays.tiles!;
  const [, mapHeight = 1, mapWidth = 1] = tiles.shape;
  const [boxWidth, boxHeight] = tileBox(geometry).map((side) => Math.max(1, Math.round(side * ratio))) as [number, number];
  const columns = Int32Array.from({ length: boxWidth }, (_, x) => Math.floor((x * mapWidth) / boxWidth));
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer).fill(wordOf(String(context.fillStyle)));
  const [first, last] = visible(scene, viewport);
  for (let unit = first; unit < last; unit++) {
    const cell = cellOf(geometry, unit);
    const left = Math.round(cell.x * ratio);
    const upper = Math.round((cell.y - top) * ratio);
    const levels = tones.levels(unit);
    const offset = unit * mapHeight * mapWidth;
    const right = Math.min(boxWidth, width - left);
    for (let y = Math.max(0, -upper); y < boxHeight && upper + y < height; y++) {
      const line = offset + Math.floor((y * mapHeight) / boxHeight) * mapWidth;
      const start = (upper + y) * width + left;
      for (let x = 0; x < right; x++) pixels[start + x] = tones.colors[levels[tiles.data[line + columns[x]!]!]!]!;
    }
  }
  context.putImageData(image, 0, 0);
}

/** The page shows through where there is no cell. */
function clearBeyond(context: CanvasRenderingContext2D, { geometry, units }: Scene, { width, height, top }: Viewport): void {
  const right = geometry.columns * geometry.cellWidth - geometry.gap;
  const bottom = geometry.height - geometry.gap;
  context.clearRect(right, top, width, height);
  context.clearRect(0, bottom, width, top + height);
  const rest = units % geometry.columns;
  if (rest > 0) context.clearRect(rest * geometry.cellWidth - geometry.gap, bottom + geometry.gap - geometry.cellHeight, width, geometry.cellHeight);
}

/** A color as a canvas tells it, `#rrggbb`, as a pixel. */
const wordOf = (color: string) => {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) as [number, number, number];
  return (255 << 24) | (blue << 16) | (green << 8) | red;
};

function paintPatterns(context: CanvasRenderingContext2D, scene: Scene, viewport: Viewport): void {
  const { geometry, patterns } = scene;
  const [width, height] = tileBox(geometry);
  const [first, last] = visible(scene, viewport);
  patterns!.want(first, last);
  for (let unit = first; unit < last; unit++) {
    const { x, y } = cellOf(geometry, unit);
    const pattern = patterns!.get(unit);
    if (pattern) context.drawImage(pattern, x, y, width, height);
    else {
      context.fillStyle = "rgb(128 128 128 / 20%)";
      context.fillRect(x, y, width, height);
    }
  }
}

const NAME_START = 26;

function paintNames(
  context: CanvasRenderingContext2D,
  scene: Scene,
  viewport: Viewport,
  ink: string,
  soft: string,
  font: string,
): void {
  const { geometry, names, bundle } = scene;
  const peaks = bundle.arrays.peaks!.data;
  context.textBaseline = "middle";
  const [first, last] = visible(scene, viewport);
  for (let unit = first; unit < last; unit++) {
    const { x, y } = cellOf(geometry, unit);
    const middle = y + geometry.cellHeight / 2;
    const number = precise(peaks[unit]!);
    context.font = `11px ${font}`;
    context.textAlign = "right";
    context.fillStyle = soft;
    context.fillText(number, x + geometry.cellWidth - 8, middle);
    const room = geometry.cellWidth - NAME_START - 16 - context.measureText(number).width;
    context.font = `12px ${font}`;
    context.textAlign = "left";
    context.fillStyle = ink;
    context.fillText(shortened(context, names[unit] ?? `unit ${unit}`, room), x + NAME_START, middle);
  }
}

function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let end = Math.max(1, Math.floor((text.length * room) / context.measureText(text).width));
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > room) end--;
  return `${text.slice(0, end)}…`;
}

/** A number on its own color: dark on bright, bright on dark. */
function paintNumbers(context: CanvasRenderingContext2D, scene: Scene, viewport: Viewport, font: string): void {
  const { geometry, bundle, tones } = scene;
  const { data } = bundle.arrays.tiles!;
  const peaks = bundle.arrays.peaks!.data;
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.font = `11px ${font}`;
  const [first, last] = visible(scene, viewport);
  for (let unit = first; unit < last; unit++) {
    const { x, y } = cellOf(geometry, unit);
    const color = tones.colors[tones.levels(unit)[data[unit]!]!]!;
    const bright = 0.3 * (color & 255) + 0.59 * ((color >> 8) & 255) + 0.11 * ((color >> 16) & 255);
    context.fillStyle = bright > 125 ? "#101114" : "#ffffff";
    context.fillText(
      precise(peaks[unit]!),
      x + (geometry.cellWidth - geometry.gap) / 2,
      y + (geometry.cellHeight - geometry.gap) / 2 + 0.5,
    );
  }
}

function outline(context: CanvasRenderingContext2D, geometry: Geometry, unit: number, color: string, dashed: boolean): void {
  const { x, y } = cellOf(geometry, unit);
  const width = geometry.cellWidth - geometry.gap;
  const height = geometry.cellHeight - geometry.gap;
  const thick = dashed ? 2 : 2.5;
  context.setLineDash([]);
  context.lineWidth = thick + 2;
  context.strokeStyle = "rgb(0 0 0 / 75%)";
  context.strokeRect(x + 1, y + 1, width - 2, height - 2);
  context.setLineDash(dashed ? [4, 3] : []);
  context.lineWidth = thick;
  context.strokeStyle = color;
  context.strokeRect(x + 1, y + 1, width - 2, height - 2);
  context.setLineDash([]);
}
