import type { Camera } from "./camera";
import type { Size } from "./plan";

/**
 * The drawn paths, kept: hundreds of curves cost more than all dots. While the camera moves they are shown moved and scaled, and are
 * drawn anew, sharp, when it rests.
 */
export class LitBitmap {
  #canvas = document.createElement("canvas");
  #camera: Camera | null = null;

  forget(): void {
    this.#camera = null;
  }

  draw(context: CanvasRenderingContext2D, camera: Camera, size: Size, moving: boolean, paint: (context: CanvasRenderingContext2D) => void): void {
    const kept = this.#camera;
    if (!kept || (!moving && !sameView(kept, camera))) this.#paint(camera, size, paint);
    const from = this.#camera!;
    const grow = camera.scale / from.scale;
    context.drawImage(
      this.#canvas,
      camera.left - from.left * grow, camera.top - from.top * grow,
      size.width * grow, size.height * grow,
    );
  }

  #paint(camera: Camera, size: Size, paint: (context: CanvasRenderingContext2D) => void): void {
    this.#canvas.width = Math.round(size.width * devicePixelRatio);
    this.#canvas.height = Math.round(size.height * devicePixelRatio);
    const context = this.#canvas.getContext("2d")!;
    context.scale(devicePixelRatio, devicePixelRatio);
    paint(context);
    this.#camera = camera;
  }
}

const sameView = (a: Camera, b: Camera) => a.scale === b.scale && a.left === b.left && a.top === b.top;
