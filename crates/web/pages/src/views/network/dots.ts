import type { Camera } from "./camera";
import type { Color } from "./palette";
import type { Block, Size } from "./plan";

/** Beyond this the mask of one dot is scaled up instead of drawn larger. */
const LARGEST_MASK = 128;
/** Radius of a dot in pitches. */
export const RADIUS = 0.43;

/**
 * All units as dots. Each row is a bitmap of one pixel a unit, which a frame scales up and punches into dots with a repeated mask:
 * the time of a frame depends on the pixels seen, not on the number of units.
 */
export class Dots {
  #blocks: Block[] = [];
  #bitmaps: HTMLCanvasElement[] = [];
  #mask = document.createElement("canvas");
  #maskSize = 0;

  arrange(blocks: Block[]): void {
    this.#blocks = blocks;
    this.#bitmaps = blocks.map(({ columns, lines }) => {
      const bitmap = document.createElement("canvas");
      bitmap.width = columns;
      bitmap.height = lines;
      return bitmap;
    });
  }

  paint(row: number, colors: Color[]): void {
    const bitmap = this.#bitmaps[row]!;
    const image = new ImageData(bitmap.width, bitmap.height);
    colors.forEach(([red, green, blue], unit) => image.data.set([red, green, blue, 255], unit * 4));
    bitmap.getContext("2d")!.putImageData(image, 0, 0);
  }

  /** Onto an empty canvas whose transformation is the density of the screen. */
  draw(context: CanvasRenderingContext2D, camera: Camera, size: Size, density: number): void {
    const seen = this.#blocks.filter((block) => visible(block, camera, size));
    context.imageSmoothingEnabled = false;
    for (const block of seen) {
      context.drawImage(
        this.#bitmaps[block.row]!,
        block.x * camera.scale + camera.left, block.y * camera.scale + camera.top,
        block.width * camera.scale, block.height * camera.scale,
      );
    }
    context.imageSmoothingEnabled = true;
    const cell = (seen[0]?.pitch ?? 1) * camera.scale;
    this.#punch(Math.min(LARGEST_MASK, Math.max(2, Math.round(cell * density))));
    const pattern = context.createPattern(this.#mask, "repeat")!;
    const opacity = context.globalAlpha;
    context.globalAlpha = 1;
    context.globalCompositeOperation = "destination-out";
    context.fillStyle = pattern;
    const grow = cell / this.#maskSize;
    for (const block of seen) {
      const left = block.x * camera.scale + camera.left;
      const top = block.y * camera.scale + camera.top;
      pattern.setTransform(new DOMMatrix([grow, 0, 0, grow, left, top]));
      const right = Math.min(size.width, left + block.width * camera.scale);
      const bottom = Math.min(size.height, top + block.height * camera.scale);
      // A pixel more on each side: the bitmap's edge may have bled into it.
      context.fillRect(Math.max(0, left) - 1, Math.max(0, top) - 1, right - Math.max(0, left) + 2, bottom - Math.max(0, top) + 2);
    }
    context.globalCompositeOperation = "source-over";
    context.globalAlpha = opacity;
  }

  /** The mask covers what is not dot. */
  #punch(size: number): void {
    if (this.#maskSize === size) return;
    this.#maskSize = size;
    this.#mask.width = this.#mask.height = size;
    const context = this.#mask.getContext("2d")!;
    context.fillRect(0, 0, size, size);
    context.globalCompositeOperation = "destination-out";
    context.beginPath();
    context.arc(size / 2, size / 2, size * RADIUS, 0, 2 * Math.PI);
    context.fill();
  }
}

export function visible(block: Block, camera: Camera, size: Size): boolean {
  const left = block.x * camera.scale + camera.left;
  const top = block.y * camera.scale + camera.top;
  return left < size.width && top < size.height && left + block.width * camera.scale > 0 && top + block.height * camera.scale > 0;
}
