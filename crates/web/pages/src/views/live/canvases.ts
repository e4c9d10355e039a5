import { createRef, type RefObject } from "preact";
import { useMemo } from "preact/hooks";

const NAMES = ["input", "map", "map2", "back", "grid", "optimized", "zoom", "overlay", "input-second", "map-second", "back-second"] as const;

export type Canvases = Record<(typeof NAMES)[number], RefObject<HTMLCanvasElement | null>>;

/** The canvases of the panes, so that they can be saved as pictures. */
export function useCanvases(): Canvases {
  return useMemo(() => Object.fromEntries(NAMES.map((name) => [name, createRef<HTMLCanvasElement>()])) as Canvases, []);
}
