import type { LitUnit } from "./paths";
import type { Point, Size } from "./plan";

/** A picture (or, without one, a name) beside a lit unit, in pixels of the view. */
export interface Tag {
  unit: LitUnit;
  dot: Point;
  left: number;
  top: number;
  width: number;
  height: number;
  /** Side of the picture; 0: the name alone. */
  picture: number;
  name: string;
}

/** A lit unit that wants a tag; `band` tells how its row lies in the view. */
export interface Wish {
  unit: LitUnit;
  dot: Point;
  band: { depth: number; top: number; bottom: number };
  picture: number;
  name: string;
  nameWidth: number;
}

const APART = 4;
const OFF_THE_ROW = 7;
/** More in a strip would hide what it is about. */
const IN_A_STRIP = 9;
export const NAME_HEIGHT = 15;

/**
 * Tags in strips, one for each depth: those of the inputs above their rows, those of the outputs below, from the chosen unit outwards,
 * so that no two overlap however close the rows are. Where a strip has no room for all, the strongest stay.
 */
export function layTags(wishes: Wish[], size: Size, left: number): Tag[] {
  const chosen = wishes.find(({ unit }) => unit.level === 0);
  if (!chosen) return [];
  const own = beside(chosen, size);
  const tags = [own];
  for (const direction of [-1, 1]) {
    let edge = direction < 0 ? own.top : own.top + own.height;
    for (const strip of strips(wishes.filter(({ unit }) => Math.sign(unit.level) === direction), direction)) {
      const height = Math.max(...strip.map(tall));
      const { top, bottom } = strip[0]!.band;
      const y = direction < 0 ? Math.min(top - OFF_THE_ROW, edge - APART) - height : Math.max(bottom + OFF_THE_ROW, edge + APART);
      edge = direction < 0 ? y : y + height;
      if (y < 0 || y + height > size.height) continue;
      tags.push(...spread(strip, left, size.width).map(({ wish, x }) => tag(wish, x, direction < 0 ? y + height - tall(wish) : y)));
    }
  }
  return tags;
}

const wide = (wish: Wish) => Math.max(wish.picture, wish.nameWidth);
const tall = (wish: Wish) => wish.picture + (wish.nameWidth > 0 ? NAME_HEIGHT : 0);

function tag(wish: Wish, left: number, top: number): Tag {
  const { unit, dot, picture, name } = wish;
  return { unit, dot, left, top, width: wide(wish), height: tall(wish), picture, name };
}

/** The chosen unit's own tag stands at its side, where no strip is. */
function beside(wish: Wish, size: Size): Tag {
  const off = 14;
  const right = wish.dot.x + off + wide(wish) < size.width;
  return tag(wish, right ? wish.dot.x + off : wish.dot.x - off - wide(wish), wish.dot.y - tall(wish) / 2);
}

/** By depth, those next to the chosen unit first. */
function strips(wishes: Wish[], direction: number): Wish[][] {
  const depths = new Map<number, Wish[]>();
  for (const wish of wishes) depths.set(wish.band.depth, [...(depths.get(wish.band.depth) ?? []), wish]);
  return [...depths].sort(([a], [b]) => (a - b) * direction).map(([, strip]) => strip);
}

/** As near to their dots as they can be without overlapping. */
function spread(strip: Wish[], left: number, right: number): { wish: Wish; x: number }[] {
  const seen = strip.filter(({ dot }) => dot.x > left - 20 && dot.x < right + 20);
  seen.sort((a, b) => Math.abs(a.unit.level) - Math.abs(b.unit.level) || b.unit.strength - a.unit.strength);
  const room = right - left - 2 * APART;
  let taken = -APART;
  const kept = seen.slice(0, IN_A_STRIP).filter((wish) => {
    if (taken + APART + wide(wish) > room) return false;
    taken += APART + wide(wish);
    return true;
  });
  kept.sort((a, b) => a.dot.x - b.dot.x);
  const placed = kept.map((wish) => ({ wish, x: wish.dot.x - wide(wish) / 2 }));
  let edge = left + APART;
  for (const item of placed) {
    item.x = Math.max(item.x, edge);
    edge = item.x + wide(item.wish) + APART;
  }
  edge = right - APART;
  for (const item of placed.reverse()) {
    item.x = Math.min(item.x, edge - wide(item.wish));
    edge = item.x - APART;
  }
  return placed;
}
