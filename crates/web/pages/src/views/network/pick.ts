import type { Block, Plan } from "./plan";

export interface Unit {
  row: number;
  unit: number;
}

export function same(a: Unit | null, b: Unit | null): boolean {
  return a?.row === b?.row && a?.unit === b?.unit;
}

/** The unit nearest to a point of the plan, none if it is farther than `slack`. Bands are searched by bisection, a block by arithmetic. */
export function pick(plan: Plan, x: number, y: number, slack: number): Unit | null {
  let found: Unit | null = null;
  let nearest = slack;
  for (let d = firstBand(plan, y - slack); d < plan.bands.length && plan.bands[d]!.y <= y + slack; d++) {
    for (const row of plan.bands[d]!.rows) {
      const block = plan.blocks[row]!;
      const unit = nearestUnit(block, x, y);
      const away = distance(block, unit, x, y);
      if (away <= nearest) {
        nearest = away;
        found = { row, unit };
      }
    }
  }
  return found;
}

/** The first band that ends below `y`. */
function firstBand(plan: Plan, y: number): number {
  let low = 0;
  let high = plan.bands.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const band = plan.bands[middle]!;
    if (band.y + band.height < y) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nearestUnit(block: Block, x: number, y: number): number {
  const line = clamp(Math.floor((y - block.y) / block.pitch), block.lines);
  const inLine = line === block.lines - 1 ? block.units - line * block.columns : block.columns;
  return line * block.columns + clamp(Math.floor((x - block.x) / block.pitch), inLine);
}

/** From a point to the square cell of a unit; 0 inside. */
function distance(block: Block, unit: number, x: number, y: number): number {
  const left = block.x + (unit % block.columns) * block.pitch;
  const top = block.y + Math.floor(unit / block.columns) * block.pitch;
  return Math.hypot(outside(x - left, block.pitch), outside(y - top, block.pitch));
}

function outside(at: number, length: number): number {
  return Math.max(0, -at, at - length);
}

function clamp(value: number, count: number): number {
  return Math.min(Math.max(0, value), count - 1);
}
