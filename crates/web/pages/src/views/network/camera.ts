import type { Block, Plan, Point, Size } from "./plan";

/** A point of the plan is seen at (x·scale + left, y·scale + top). */
export interface Camera {
  scale: number;
  left: number;
  top: number;
}

/** A dot never gets larger than this. */
const LARGEST_DOT = 96;

export function whole(plan: Plan, size: Size): Camera {
  const scale = Math.min(size.width / plan.size.width, size.height / plan.size.height);
  return {
    scale,
    left: (size.width - plan.size.width * scale) / 2,
    top: (size.height - plan.size.height * scale) / 2,
  };
}

/** Zooms by `factor` about a point that stays where it is. */
export function zoom(camera: Camera, factor: number, at: Point, plan: Plan, size: Size): Camera {
  const smallest = whole(plan, size).scale;
  const largest = Math.max(smallest, LARGEST_DOT / (plan.blocks[0]?.pitch ?? 1));
  const scale = Math.min(largest, Math.max(smallest, camera.scale * factor));
  const by = scale / camera.scale;
  return bound({ scale, left: at.x - (at.x - camera.left) * by, top: at.y - (at.y - camera.top) * by }, plan, size);
}

export function pan(camera: Camera, x: number, y: number, plan: Plan, size: Size): Camera {
  return bound({ ...camera, left: camera.left + x, top: camera.top + y }, plan, size);
}

/** Keeps the network in sight: it may be dragged until its edge reaches the middle of the view. */
function bound(camera: Camera, plan: Plan, size: Size): Camera {
  const fit = whole(plan, size);
  if (camera.scale <= fit.scale * 1.001) return fit;
  return {
    scale: camera.scale,
    left: Math.min(size.width / 2, Math.max(size.width / 2 - plan.size.width * camera.scale, camera.left)),
    top: Math.min(size.height / 2, Math.max(size.height / 2 - plan.size.height * camera.scale, camera.top)),
  };
}

/** A camera that shows one row as large as fits. */
export function closeUp(block: Block, plan: Plan, size: Size): Camera {
  const fit = whole(plan, size);
  const inner = size.width - plan.margins.left - plan.margins.right;
  const scale = Math.max(
    fit.scale,
    Math.min(inner / block.width, (size.height * 0.6) / block.height, 40 / block.pitch),
  );
  const middle = plan.margins.left + inner / 2;
  return bound(
    {
      scale,
      left: middle - (block.x + block.width / 2) * scale,
      top: size.height / 2 - (block.y + block.height / 2) * scale,
    },
    plan, size,
  );
}

/** Moves as little as is needed to show a point. */
export function reveal(camera: Camera, point: Point, plan: Plan, size: Size): Camera {
  const edge = 40;
  const x = point.x * camera.scale + camera.left;
  const y = point.y * camera.scale + camera.top;
  const left = plan.margins.left + edge;
  const right = Math.max(0, left - x) - Math.max(0, x - (size.width - edge));
  const down = Math.max(0, edge - y) - Math.max(0, y - (size.height - edge));
  return right === 0 && down === 0 ? camera : pan(camera, right, down, plan, size);
}

export function towards(from: Camera, to: Camera, share: number): Camera {
  const scale = from.scale * Math.pow(to.scale / from.scale, share);
  const way = to.scale === from.scale ? share : (scale - from.scale) / (to.scale - from.scale);
  return { scale, left: from.left + (to.left - from.left) * way, top: from.top + (to.top - from.top) * way };
}
