import type { Camera } from "./camera";
import { css } from "./palette";
import type { Plan, Size } from "./plan";
import type { Scene } from "./scene";

/** Heights of text between rows from which on names stand there; more while pictures do too. */
const ROOM_ABOVE = 1.9;
const ROOM_ABOVE_LIT = 4.5;

/** A name in the margin; it stands at the middle of its row, or a little off where rows share a depth. */
export interface Line {
  text: string;
  /** The same in less room. */
  brief: string;
  row: number;
  y: number;
  marked: boolean;
}

/** The names of the rows at the left edge, wherever the view is; marked rows first, others as far as there is room. Returns what it drew. */
export function drawMargin(context: CanvasRenderingContext2D, scene: Scene, marked: number[]): Line[] {
  const { camera, plan, size, names } = scene;
  const { palette, text, family } = scene.style;
  const width = plan.margins.left;
  const moved = plan.blocks.some(({ x }) => x * camera.scale + camera.left < width - 4);
  if (moved) {
    context.fillStyle = css(palette.ground, 0.88);
    context.fillRect(0, 0, width - 4, size.height);
  }
  const spacing = text * 1.2;
  const drawn: Line[] = [];
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const line of lines(camera, plan, size, names, marked, spacing)) {
    if (drawn.some(({ y }) => Math.abs(y - line.y) < spacing)) continue;
    drawn.push(line);
    context.font = `${line.marked ? 600 : 400} ${text}px ${family}`;
    context.fillStyle = css(line.marked ? palette.ink : palette.quiet);
    context.fillText(fitting(context, line, width - 18), width - 10, line.y);
  }
  return drawn;
}

/** Side by side, rows are told apart by a name above each as soon as there is room. */
export function drawAbove(context: CanvasRenderingContext2D, scene: Scene, marked: number[]): void {
  const { camera, plan, size, names } = scene;
  const { palette, text, family } = scene.style;
  if (plan.gap * camera.scale < text * (scene.lit ? ROOM_ABOVE_LIT : ROOM_ABOVE)) return;
  const width = plan.margins.left;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  for (const { rows } of plan.bands) {
    if (rows.length < 2) continue;
    for (const row of rows) {
      const block = plan.blocks[row]!;
      const left = Math.max(width, block.x * camera.scale + camera.left);
      const room = (block.x + block.width) * camera.scale + camera.left - left;
      const y = block.y * camera.scale + camera.top - 4;
      if (y < 0 || y > size.height || left > size.width || room < 24) continue;
      context.font = `${marked.includes(row) ? 600 : 400} ${text}px ${family}`;
      context.fillStyle = css(marked.includes(row) ? palette.ink : palette.quiet);
      context.fillText(shortened(context, names[row]!, room), left, y);
    }
  }
}

function lines(camera: Camera, plan: Plan, size: Size, names: string[], marked: number[], spacing: number): Line[] {
  const found: Line[] = [];
  for (const { y, height, rows } of plan.bands) {
    const top = y * camera.scale + camera.top;
    const bottom = top + height * camera.scale;
    if (bottom < 0 || top > size.height) continue;
    // A row taller than the view keeps its name in sight.
    const middle = (Math.max(top, 0) + Math.min(bottom, size.height)) / 2;
    const stacked = bottom - top + plan.gap * camera.scale >= rows.length * spacing;
    const texts = stacked ? rows.map((row) => [names[row]!, names[row]!]) : [joined(rows, names, marked)];
    texts.forEach(([text, brief], i) => {
      const isMarked = stacked ? marked.includes(rows[i]!) : rows.some((row) => marked.includes(row));
      const at = middle + (i - (texts.length - 1) / 2) * spacing;
      found.push({ text: text!, brief: brief!, row: stacked ? rows[i]! : rows[0]!, y: Math.min(size.height - spacing / 2, Math.max(spacing / 2, at)), marked: isMarked });
    });
  }
  return [...found.filter((line) => line.marked), ...found.filter((line) => !line.marked)];
}

/** `fire2/Relu_1, Relu_2`, in less room `fire2/Relu_1 +1`; of marked rows the marked one's name. */
function joined(rows: number[], names: string[], marked: number[]): [string, string] {
  const chosen = rows.find((row) => marked.includes(row)) ?? (rows.length === 1 ? rows[0] : undefined);
  if (chosen !== undefined) return [names[chosen]!, names[chosen]!];
  const [first, ...others] = rows.map((row) => names[row]!);
  const stem = first!.slice(0, first!.lastIndexOf("/") + 1);
  const rest = others.map((name) => (name.startsWith(stem) ? name.slice(stem.length) : name));
  return [[first, ...rest].join(", "), `${first} +${others.length}`];
}

function fitting(context: CanvasRenderingContext2D, { text, brief }: Line, room: number): string {
  return context.measureText(text).width <= room ? text : shortened(context, brief, room);
}

/** The end of a name tells more than its beginning. */
function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  for (let cut = 1; cut < text.length; cut++) {
    const rest = `…${text.slice(cut)}`;
    if (context.measureText(rest).width <= room) return rest;
  }
  return "";
}
