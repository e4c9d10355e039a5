import type { Query } from "../../api/client";
import type { Origin, Settings } from "./settings";
import type { Seen, Wish } from "./looking";

const SIDES = [8, 16, 32, 64, 128];

/** The smallest step that is not below the tile's size on the screen: fewer bytes, same picture. */
export const sideFor = (pixels: number) => SIDES.find((side) => side >= pixels) ?? 128;

export function queryOf(settings: Settings, picture: string | null, rule: string, side: number): Query {
  const { row, unit, frozen, show, from, fit } = settings;
  return {
    picture,
    row: row.index,
    // For a row of classes the server takes the top class.
    unit: unit ?? (row.classes ? null : 0),
    origin_row: frozen?.row.index,
    origin_unit: frozen?.unit,
    show: show === "slopes" ? show : null,
    rule,
    from,
    fit: fit === "card" ? null : fit,
    side,
  };
}

const PARTS = {
  input: ["picture", "fit"],
  scores: ["picture", "fit"],
  tiles: ["picture", "fit", "row", "show", "origin_row", "origin_unit"],
  map: ["picture", "fit", "row", "unit", "show", "origin_row", "origin_unit"],
  back: ["picture", "fit", "rule", "from"],
} as const;

export type Part = keyof typeof PARTS;

/** Is a part of what is shown older than what is wished? A next webcam frame does not make it so. */
export function isStale(part: Part, seen: Seen | null, wish: Wish | null): boolean {
  if (!wish) return false;
  if (!seen || seen.wish.frame !== wish.frame) return true;
  if (part === "back" && wish.query.rule === "none") return false;
  if (part === "back" && originKey(seen.wish.query) !== originKey(wish.query)) return true;
  return PARTS[part].some((name) => seen.wish.query[name] !== wish.query[name]);
}

const originKey = ({ origin_row, origin_unit, row, unit }: Query) => `${origin_row ?? row}:${origin_unit ?? unit}`;

/** What back-projection starts from, frozen or not. */
export function originOf({ row, frozen }: Settings, unit: number): Origin {
  return frozen ?? { row, unit };
}
