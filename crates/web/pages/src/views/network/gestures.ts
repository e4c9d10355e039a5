import type { Point } from "./plan";

export interface Reactions {
  /** The mouse is over a point; null: it has left, or drags. */
  hover: (at: Point | null) => void;
  press: (at: Point) => void;
  drag: (x: number, y: number) => void;
  zoom: (factor: number, at: Point) => void;
  /** Whether the wheel may scroll the page because zooming out farther does nothing. */
  lets: (factor: number) => boolean;
}

/** So far a finger or mouse may wander and still press. */
const STEADY = 5;
const WHEEL = 0.0016;
/** A line of the wheel in pixels, for browsers that count lines. */
const LINE = 30;

/** Mouse, pen and fingers on the map: one drags, two pinch, a short one presses. Returns what ends it. */
export function follow(element: HTMLElement, reactions: Reactions): () => void {
  const down = new Map<number, Point>();
  let start: Point | null = null;

  const at = (event: MouseEvent): Point => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const pressed = (event: PointerEvent) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, at(event));
    start = down.size === 1 ? at(event) : null;
  };

  const moved = (event: PointerEvent) => {
    const now = at(event);
    const before = down.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") reactions.hover(now);
      return;
    }
    if (start && Math.hypot(now.x - start.x, now.y - start.y) < STEADY) return;
    start = null;
    reactions.hover(null);
    down.set(event.pointerId, now);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) return reactions.drag(now.x - before.x, now.y - before.y);
    const [apart, apartBefore] = [gap(now, other), gap(before, other)];
    reactions.drag((now.x - before.x) / 2, (now.y - before.y) / 2);
    if (apartBefore > 8) reactions.zoom(apart / apartBefore, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 });
  };

  const released = (event: PointerEvent) => {
    if (down.delete(event.pointerId) && start && event.type === "pointerup") reactions.press(start);
    start = null;
  };

  const left = () => reactions.hover(null);

  const turned = (event: WheelEvent) => {
    const way = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE : event.deltaY;
    // Browsers report a touchpad's pinch as a wheel with the control key, in small steps.
    const factor = Math.exp(-way * (event.ctrlKey ? WHEEL * 5 : WHEEL));
    if (!event.ctrlKey && reactions.lets(factor)) return;
    event.preventDefault();
    reactions.zoom(factor, at(event));
  };

  element.addEventListener("pointerdown", pressed);
  element.addEventListener("pointermove", moved);
  element.addEventListener("pointerup", released);
  element.addEventListener("pointercancel", released);
  element.addEventListener("pointerleave", left);
  element.addEventListener("wheel", turned, { passive: false });
  return () => {
    element.removeEventListener("pointerdown", pressed);
    element.removeEventListener("pointermove", moved);
    element.removeEventListener("pointerup", released);
    element.removeEventListener("pointercancel", released);
    element.removeEventListener("pointerleave", left);
    element.removeEventListener("wheel", turned);
  };
}

const gap = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
