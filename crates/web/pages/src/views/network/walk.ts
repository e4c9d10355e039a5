import type { Unit } from "./pick";
import { place, type Plan } from "./plan";

/** Where an arrow key leads: left and right within the row, up and down to the nearest unit of the next line or row. */
export function walk(plan: Plan, from: Unit, key: string, step = 1): Unit {
  const block = plan.blocks[from.row]!;
  switch (key) {
    case "ArrowLeft":
      return { row: from.row, unit: Math.max(0, from.unit - step) };
    case "ArrowRight":
      return { row: from.row, unit: Math.min(block.units - 1, from.unit + step) };
    case "ArrowUp":
      return between(plan, from, -1);
    case "ArrowDown":
      return between(plan, from, 1);
    default:
      return from;
  }
}

function between(plan: Plan, from: Unit, direction: 1 | -1): Unit {
  const block = plan.blocks[from.row]!;
  const band = plan.bands[block.depth + direction];
  if (!band) return from;
  const { x } = place(block, from.unit);
  let best = from;
  let nearest = Infinity;
  for (const row of band.rows) {
    const other = plan.blocks[row]!;
    const line = direction === 1 ? 0 : other.lines - 1;
    const inLine = line === other.lines - 1 ? other.units - line * other.columns : other.columns;
    const column = Math.min(Math.max(0, Math.floor((x - other.x) / other.pitch)), inLine - 1);
    const unit = line * other.columns + column;
    const away = Math.abs(place(other, unit).x - x);
    if (away < nearest) {
      nearest = away;
      best = { row, unit };
    }
  }
  return best;
}
