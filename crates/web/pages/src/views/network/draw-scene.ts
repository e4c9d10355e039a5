import { RADIUS, visible } from "./dots";
import { drawEdges, drawLitUnits, drawTags } from "./draw-lit";
import { drawRound, INSIDE, PICTURE_CELL } from "./draw-round";
import { drawAbove, drawMargin, type Line } from "./draw-margin";
import { drawStructure } from "./draw-structure";
import { css } from "./palette";
import type { Unit } from "./pick";
import { place } from "./plan";
import type { Scene } from "./scene";
import { layTags, type Tag } from "./tags";
import { tagWishes } from "./wishes";

/** What is not lit while paths are. */
const DIMMED = 0.3;

export function drawGround(context: CanvasRenderingContext2D, scene: Scene): void {
  const { camera, plan, size, style, connections } = scene;
  context.globalAlpha = scene.lit ? DIMMED : 1;
  scene.dots.draw(context, camera, size, devicePixelRatio);
  // Behind the dots, whose mask would have cut it.
  context.globalCompositeOperation = "destination-over";
  drawStructure(context, camera, plan, connections, style.palette, scene.lane);
  context.globalCompositeOperation = "source-over";
  drawPictures(context, scene);
  context.globalAlpha = 1;
}

/** Round pictures inside dots that are large enough; the dot stays as a ring that shows the activation. */
function drawPictures(context: CanvasRenderingContext2D, scene: Scene): void {
  const { camera, plan, size } = scene;
  for (const block of plan.blocks) {
    const cell = block.pitch * camera.scale;
    if (cell < PICTURE_CELL || !scene.tiles.covers(block.row) || !visible(block, camera, size)) continue;
    const side = cell * INSIDE;
    const left = block.x * camera.scale + camera.left;
    const top = block.y * camera.scale + camera.top;
    const first = Math.max(0, Math.floor(-left / cell));
    const last = Math.min(block.columns, Math.ceil((size.width - left) / cell));
    for (let line = Math.max(0, Math.floor(-top / cell)); line < Math.min(block.lines, Math.ceil((size.height - top) / cell)); line++) {
      for (let column = first; column < last; column++) {
        const unit = line * block.columns + column;
        const picture = unit < block.units ? scene.tiles.get({ row: block.row, unit }) : null;
        if (!picture) continue;
        drawRound(context, picture, left + (column + 0.5) * cell, top + (line + 0.5) * cell, side);
      }
    }
  }
}

/** Returns where the pictures beside the lit units and the names in the margin are. */
export function drawLit(context: CanvasRenderingContext2D, scene: Scene): { tags: Tag[]; lines: Line[] } {
  const { camera, plan, size, style, lit } = scene;
  const marked = [lit?.chosen.row, scene.cursor?.row].filter((row) => row !== undefined);
  let tags: Tag[] = [];
  drawAbove(context, scene, marked);
  if (lit) {
    scene.litBitmap.draw(context, camera, size, scene.moving, (bitmap) => {
      drawEdges(bitmap, camera, plan, size, lit, style.palette);
      drawLitUnits(bitmap, scene, lit);
    });
    const font = `${style.text}px ${style.family}`;
    context.font = font;
    tags = layTags(tagWishes(scene, lit, (text) => context.measureText(text).width), size, plan.margins.left);
    drawTags(context, tags, style.palette, font, (unit) => scene.tiles.get(unit));
  }
  return { tags, lines: drawMargin(context, scene, marked) };
}

export function drawCursor(context: CanvasRenderingContext2D, scene: Scene): void {
  if (!scene.cursor) return;
  const { x, y, radius } = spot(scene, scene.cursor);
  const { palette } = scene.style;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = css(scene.colors[scene.cursor.row]?.[scene.cursor.unit] ?? palette.quiet);
  if (radius < PICTURE_CELL / 2) context.fill();
  context.lineWidth = 2;
  context.strokeStyle = css(palette.ground);
  context.stroke();
  context.beginPath();
  context.arc(x, y, radius + 2, 0, 2 * Math.PI);
  context.strokeStyle = css(palette.ink);
  context.stroke();
}

function spot(scene: Scene, unit: Unit): { x: number; y: number; radius: number } {
  const block = scene.plan.blocks[unit.row]!;
  const { x, y } = place(block, unit.unit);
  const { scale, left, top } = scene.camera;
  return { x: x * scale + left, y: y * scale + top, radius: Math.max(5, block.pitch * scale * RADIUS) };
}
