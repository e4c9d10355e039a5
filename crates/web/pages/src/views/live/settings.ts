import { lastRow, rowNamed } from "../../api/session";
import type { Row, Session } from "../../api/types";
import { type Link, useLink } from "../../shell/link";

export const SHOWS = ["activations", "slopes"] as const;
export const FROM = ["max", "map"] as const;
export const FILTERS = ["raw", "grey", "norm", "normblur"] as const;
export const FITS = ["card", "crop", "stretch", "pad"] as const;
export const GAMMAS = [1, 0.7, 0.5, 0.3] as const;
export const BOOSTS = [0, 0.3, 0.5, 0.8, 1] as const;
export const TILES = ["maps", "patterns"] as const;
export const ZOOMS = ["none", "unit", "back", "evidence"] as const;
export const LAYOUTS = ["strips", "montages", "off"] as const;
export const NO_RULE = "none";

const DEFAULT_RULE = "deconvnet";

export type Origin = { row: Row; unit: number };

export type Settings = {
  row: Row;
  /** Null: the server takes the unit of the top class. */
  unit: number | null;
  /** The unit that back-projection is frozen at while others are looked at. */
  frozen: Origin | null;
  show: (typeof SHOWS)[number];
  rule: string;
  from: (typeof FROM)[number];
  filter: (typeof FILTERS)[number];
  fit: (typeof FITS)[number];
  gamma: number;
  boost: number;
  tiles: (typeof TILES)[number];
  zoom: (typeof ZOOMS)[number];
  labels: boolean;
  layout: (typeof LAYOUTS)[number] | null;
  camera: boolean;
  compare: boolean;
  /** Null: the same as on the left. */
  picture2: string | null;
  rule2: string | null;
};

/** All that `reset` takes away: how things are shown, not what. */
const MODES = [
  "origin", "show", "rule", "from", "filter", "fit", "gamma", "boost", "tiles", "zoom", "labels", "evidence", "camera", "compare",
  "picture2", "rule2",
] as const;

export const RESET = Object.fromEntries(MODES.map((name) => [name, null]));

export function useSettings(session: Session): { settings: Settings; set: Link["set"]; unknownRow: string | null } {
  const { get, set } = useLink();
  const value = get("row");
  const row = rowNamed(session, value) ?? lastRow(session);
  const settings: Settings = {
    row,
    unit: unitOf(get("unit"), row),
    frozen: originOf(get("origin"), session),
    show: oneOf(SHOWS, get("show")),
    rule: ruleOf(get("rule"), session) ?? DEFAULT_RULE,
    from: oneOf(FROM, get("from")),
    filter: oneOf(FILTERS, get("filter")),
    fit: oneOf(FITS, get("fit")),
    gamma: oneOf(GAMMAS, get("gamma")),
    boost: oneOf(BOOSTS, get("boost")),
    tiles: oneOf(TILES, get("tiles")),
    zoom: oneOf(ZOOMS, get("zoom")),
    labels: get("labels") !== "0",
    layout: LAYOUTS.find((layout) => layout === get("evidence")) ?? null,
    camera: get("camera") !== null,
    compare: get("compare") !== null,
    picture2: get("picture2"),
    rule2: ruleOf(get("rule2"), session),
  };
  return { settings, set, unknownRow: value !== null && row.value !== value ? value : null };
}

function oneOf<T extends string | number>(options: readonly T[], text: string | null): T {
  return options.find((option) => String(option) === text) ?? options[0]!;
}

function unitOf(text: string | null, row: Row): number | null {
  if (text === null || !/^\d+$/.test(text)) return null;
  return Math.min(Number(text), row.units - 1);
}

function ruleOf(text: string | null, session: Session): string | null {
  return text === NO_RULE || session.rules.some(({ name }) => name === text) ? text : null;
}

/** `VALUE:UNIT`; the value may have colons of its own. */
function originOf(text: string | null, session: Session): Origin | null {
  const [, value, unit] = /^(.*):(\d+)$/.exec(text ?? "") ?? [];
  const row = rowNamed(session, value ?? null);
  return row && Number(unit) < row.units ? { row, unit: Number(unit) } : null;
}

export const originText = ({ row, unit }: Origin) => `${row.value}:${unit}`;

/** The one after `now`, and after the last the first. */
export function next<T>(options: readonly T[], now: T): T {
  return options[(options.indexOf(now) + 1) % options.length]!;
}
