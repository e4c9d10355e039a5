import type { Camera } from "./camera";
import { RADIUS } from "./dots";
import { drawRound, INSIDE, PICTURE_CELL } from "./draw-round";
import { css, type Palette } from "./palette";
import type { DrawnEdge, Lit, LitUnit } from "./paths";
import type { Unit } from "./pick";
import { place, type Plan, type Point, type Size } from "./plan";
import type { Scene } from "./scene";
import { NAME_HEIGHT, type Tag } from "./tags";

const DASHES = [6, 4];

function onScreen(camera: Camera, plan: Plan, { row, unit }: Unit): Point {
  const { x, y } = place(plan.blocks[row]!, unit);
  return { x: x * camera.scale + camera.left, y: y * camera.scale + camera.top };
}

/** Edges as curves: width by |weight|, warm and solid where positive, blue and dashed where negative. */
export function drawEdges(context: CanvasRenderingContext2D, camera: Camera, plan: Plan, size: Size, lit: Lit, palette: Palette): void {
  context.lineCap = "round";
  for (const edge of lit.edges) {
    const from = onScreen(camera, plan, edge.from);
    const to = onScreen(camera, plan, edge.to);
    if (Math.max(from.y, to.y) < 0 || Math.min(from.y, to.y) > size.height) continue;
    strokeEdge(context, edge, from, to, palette);
  }
  context.setLineDash([]);
}

function strokeEdge(context: CanvasRenderingContext2D, edge: DrawnEdge, from: Point, to: Point, palette: Palette): void {
  // Far and weak paths step back behind the near and strong ones.
  const near = Math.pow(0.87, Math.max(0, Math.abs(edge.level) - 1)) * (0.5 + 0.5 * Math.sqrt(edge.strength));
  context.lineWidth = 0.7 + 3.6 * edge.share * near;
  context.strokeStyle = css(edge.weight < 0 ? palette.negative : palette.positive, Math.max(0.3, 0.92 * near));
  context.setLineDash(edge.weight < 0 ? DASHES : []);
  const middle = (from.y + to.y) / 2;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.bezierCurveTo(from.x, middle, to.x, middle, to.x, to.y);
  context.stroke();
}

function radiusOf(unit: LitUnit, cell: number): number {
  const least = unit.level === 0 ? 6 : Math.max(2.6, 4.9 - 0.35 * Math.abs(unit.level));
  return Math.max(least, cell * RADIUS * 1.08);
}

export function drawLitUnits(context: CanvasRenderingContext2D, scene: Scene, lit: Lit): void {
  const { camera, plan, size, style } = scene;
  const { palette } = style;
  for (const unit of lit.units) {
    const { x, y } = onScreen(camera, plan, unit);
    if (x < -20 || y < -20 || x > size.width + 20 || y > size.height + 20) continue;
    const cell = plan.blocks[unit.row]!.pitch * camera.scale;
    const radius = radiusOf(unit, cell);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = css(scene.colors[unit.row]?.[unit.unit] ?? palette.quiet);
    context.fill();
    context.lineWidth = unit.level === 0 ? 2 : 1.25;
    context.strokeStyle = css(palette.ink);
    context.stroke();
    const picture = cell >= PICTURE_CELL ? scene.tiles.get(unit) : null;
    if (picture) drawRound(context, picture, x, y, cell * INSIDE);
    if (unit.level !== 0) continue;
    context.beginPath();
    context.arc(x, y, radius + 3.5, 0, 2 * Math.PI);
    context.strokeStyle = css(palette.accent);
    context.lineWidth = 2.5;
    context.stroke();
  }
}

export function drawTags(
  context: CanvasRenderingContext2D, tags: Tag[], palette: Palette, font: string, tile: (unit: Unit) => ImageBitmap | null,
): void {
  context.font = font;
  context.textBaseline = "middle";
  context.textAlign = "center";
  for (const tag of tags) leader(context, tag, palette);
  for (const tag of tags) {
    const middle = tag.left + tag.width / 2;
    if (tag.picture > 0) {
      const left = middle - tag.picture / 2;
      frame(context, left - 1.5, tag.top - 1.5, tag.picture + 3, tag.picture + 3, palette, tag.unit.level === 0);
      const bitmap = tile(tag.unit);
      if (bitmap) context.drawImage(bitmap, left, tag.top, tag.picture, tag.picture);
    }
    if (!tag.name) continue;
    const top = tag.top + tag.picture + (tag.picture > 0 ? 2 : 0);
    if (tag.picture === 0) frame(context, tag.left, top, tag.width, NAME_HEIGHT, palette, tag.unit.level === 0);
    else {
      context.fillStyle = css(palette.ground, 0.85);
      context.fillRect(tag.left, top, tag.width, NAME_HEIGHT - 2);
    }
    context.fillStyle = css(palette.ink);
    context.fillText(tag.name, middle, top + NAME_HEIGHT / 2);
  }
}

function leader(context: CanvasRenderingContext2D, { dot, left, top, width, height, unit }: Tag, palette: Palette): void {
  context.strokeStyle = css(palette.ink, 0.45);
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(dot.x, dot.y);
  if (unit.level === 0) context.lineTo(left > dot.x ? left : left + width, top + height / 2);
  else context.lineTo(left + width / 2, unit.level < 0 ? top + height : top);
  context.stroke();
}

function frame(
  context: CanvasRenderingContext2D, left: number, top: number, width: number, height: number, palette: Palette, chosen: boolean,
): void {
  context.beginPath();
  context.roundRect(left, top, width, height, 3);
  context.fillStyle = css(palette.ground);
  context.fill();
  context.strokeStyle = css(chosen ? palette.accent : palette.ink, chosen ? 1 : 0.55);
  context.lineWidth = chosen ? 2.5 : 1;
  context.stroke();
}
