import "./pixels.css";
import type { ComponentChildren, Ref } from "preact";
import { useEffect, useImperativeHandle, useRef } from "preact/hooks";

/** RGBA, as the painters of ramps.ts make them. */
export type Raster = { width: number; height: number; pixels: Uint8ClampedArray<ArrayBuffer> };

type Props = {
  /** Null: nothing yet, an empty well. */
  picture: Raster | null;
  /** What a screen reader says of it. */
  label: string;
  /** Numbers get hard edges; pictures are smoothed. */
  hard?: boolean;
  canvas?: Ref<HTMLCanvasElement>;
  onPick?: (x: number, y: number) => void;
  children?: ComponentChildren;
};

/** Pixels as large as their pane allows, with their own aspect ratio; children lie over them in the same box. */
export function Pixels({ picture, label, hard, canvas, onPick, children }: Props) {
  const own = useRef<HTMLCanvasElement>(null);
  useImperativeHandle(canvas ?? null, () => own.current!, []);
  const width = picture?.width ?? 1;
  const height = picture?.height ?? 1;
  useEffect(() => {
    if (!own.current || !picture) return;
    own.current.width = width;
    own.current.height = height;
    own.current.getContext("2d")!.putImageData(new ImageData(picture.pixels, width, height), 0, 0);
  }, [picture]);
  return (
    <div class="pixels">
      <div class="pixels-box" style={{ "--aspect": width / height }}>
        <canvas
          ref={own}
          class={hard ? "hard" : undefined}
          role="img"
          aria-label={label}
          data-empty={picture ? undefined : ""}
          onClick={
            onPick &&
            (({ offsetX, offsetY, currentTarget: { clientWidth, clientHeight } }) =>
              onPick(offsetX / clientWidth, offsetY / clientHeight))
          }
        />
        {children}
      </div>
    </div>
  );
}
