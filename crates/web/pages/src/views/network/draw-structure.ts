import type { Camera } from "./camera";
import type { Connections, Lane } from "./lanes";
import { css, type Palette } from "./palette";
import type { Block, Plan } from "./plan";

/** Room on the right for one lane, and before the first. */
export const LANE = 5;
export const BEFORE_LANES = 12;

/** How the rows hang together: bands of light from row to row, skip connections as lines at the side. */
export function drawStructure(
  context: CanvasRenderingContext2D, camera: Camera, plan: Plan, connections: Connections, palette: Palette, spacing: number,
): void {
  const { scale, left, top } = camera;
  context.fillStyle = css(palette.ink, 0.07);
  for (const [from, to] of connections.steps) {
    ribbon(context, camera, plan.blocks[from]!, plan.blocks[to]!);
  }
  context.save();
  context.translate(left, top);
  context.scale(scale, scale);
  context.lineWidth = Math.min(1.5, 0.9 * Math.sqrt(scale)) / scale;
  context.strokeStyle = css(palette.ink, 0.42);
  context.fillStyle = css(palette.ink, 0.6);
  // One path for all: where lanes run into the same row they do not add up to a darker line.
  context.beginPath();
  for (const lane of connections.lanes) traceLane(context, plan, lane, spacing);
  context.stroke();
  context.beginPath();
  for (const row of new Set(connections.lanes.flatMap(({ readers }) => readers))) traceTip(context, plan, row, spacing);
  context.fill();
  context.restore();
}

function ribbon(context: CanvasRenderingContext2D, { scale, left, top }: Camera, a: Block, b: Block): void {
  const start = (a.y + a.height) * scale + top;
  const end = b.y * scale + top;
  const middle = (start + end) / 2;
  const [a1, a2] = [a.x * scale + left, (a.x + a.width) * scale + left];
  const [b1, b2] = [b.x * scale + left, (b.x + b.width) * scale + left];
  context.beginPath();
  context.moveTo(a1, start);
  context.bezierCurveTo(a1, middle, b1, middle, b1, end);
  context.lineTo(b2, end);
  context.bezierCurveTo(b2, middle, a2, middle, a2, start);
  context.fill();
}

const rounding = (plan: Plan, spacing: number) => Math.min(5, plan.gap * 0.3, spacing);

function traceLane(context: CanvasRenderingContext2D, plan: Plan, lane: Lane, spacing: number): void {
  const source = plan.blocks[lane.row]!;
  const x = plan.size.width - plan.margins.right + BEFORE_LANES + lane.place * spacing;
  const round = rounding(plan, spacing);
  const out = source.y + source.height + plan.gap * 0.28;
  const right = source.x + source.width;
  context.moveTo(right - round, source.y + source.height);
  context.quadraticCurveTo(right - round, out, right, out);
  context.lineTo(x - round, out);
  context.quadraticCurveTo(x, out, x, out + round);
  const ends = lane.readers.map((reader) => plan.blocks[reader]!);
  const into = (block: Block) => block.y - plan.gap * 0.3;
  context.lineTo(x, Math.max(...ends.map(into)) - round);
  for (const end of ends) {
    const y = into(end);
    const edge = end.x + end.width;
    context.moveTo(x, y - round);
    context.quadraticCurveTo(x, y, x - round, y);
    context.lineTo(edge, y);
    context.quadraticCurveTo(edge - round, y, edge - round, end.y);
  }
}

/** The arrow where skip connections enter a row. */
function traceTip(context: CanvasRenderingContext2D, plan: Plan, row: number, spacing: number): void {
  const block = plan.blocks[row]!;
  const size = Math.min(3, plan.gap * 0.3);
  const x = block.x + block.width - rounding(plan, spacing);
  context.moveTo(x, block.y);
  context.lineTo(x - size * 0.7, block.y - size);
  context.lineTo(x + size * 0.7, block.y - size);
}
