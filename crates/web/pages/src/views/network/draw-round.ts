import { RADIUS } from "./dots";

/** From this size on a dot shows its unit's picture. */
export const PICTURE_CELL = 36;
/** Side of that picture in pitches: the dot stays as a ring. */
export const INSIDE = RADIUS * 1.72;

export function drawRound(context: CanvasRenderingContext2D, picture: ImageBitmap, x: number, y: number, side: number): void {
  context.save();
  context.beginPath();
  context.arc(x, y, side / 2, 0, 2 * Math.PI);
  context.clip();
  context.drawImage(picture, x - side / 2, y - side / 2, side, side);
  context.restore();
}
