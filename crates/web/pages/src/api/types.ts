import type { components } from "./schema";

type Schemas = components["schemas"];

/** The server leaves no field out; its description calls those that may be null optional. */
type Whole<T> = T extends (infer Item)[] ? Whole<Item>[] : T extends object ? { [Key in keyof T]-?: Whole<T[Key]> } : T;

/** The description has no word for arrays of a fixed length. */
type With<T, Fixed> = Omit<T, keyof Fixed> & Fixed;

type Pair = [number, number];
type Quad = [number, number, number, number];

export type Row = With<
  Whole<Schemas["SessionRow"]>,
  { positions: Pair; field: null | { size: Pair; stride: Pair; start: Pair } }
>;
export type Rule = Whole<Schemas["Rule"]>;
export type Picture = Whole<Schemas["Named"]>;
export type PictureLists = Whole<Schemas["Pictures"]>;
export type Atlas = Whole<Schemas["About"]>;
export type Session = With<
  Whole<Schemas["Session"]>,
  { rows: Row[]; model: With<Whole<Schemas["SessionModel"]>, { input: [number, number, number] }> }
>;
export type Score = Whole<Schemas["Top"]>;
export type Look = With<
  Whole<Schemas["LookWords"]>,
  {
    window: Quad;
    chosen: With<Whole<Schemas["Chosen"]>, { at: Pair }>;
    back: null | With<Whole<Schemas["Back"]>, { at: Pair }>;
  }
>;
export type Edge = Whole<Schemas["Link"]>;
export type UnitEdges = Whole<Schemas["UnitEdges"]>;
export type Paths = Whole<Schemas["Paths"]>;
export type Recipe = Whole<Schemas["RecipeWords"]>;
export type OptimizeSettings = Whole<Schemas["Turned"]>;

export type Preset = Whole<Schemas["PresetWords"]>;
export type Option = Whole<Schemas["OptionWords"]>;
export type Localization = Whole<Schemas["LocalizationSettings"]>;
export type Located = With<Whole<Schemas["LocalizeWords"]>, { box: Quad; size: Pair }>;

/** A unit in an atlas's `units.json`. */
export type AtlasUnit = {
  mean: number;
  silent: number;
  histogram: number[];
  sprite: string | null;
  inputs: Edge[];
  outputs: Edge[];
  top: { picture: string; activation: number; position: Pair; box: Quad }[];
};

export type AtlasRow = { units: AtlasUnit[]; histogram_edges: number[] };

/** The words of a bundle on the socket /api/optimize; OpenAPI does not describe sockets. */
export type Optimized = {
  step: number;
  steps: number;
  state: "running" | "paused" | "done";
  objective: string;
  recipe: string;
  seed: number;
  score: number;
  class: null | { score: number; probability: number };
  curve: [number, number, number | null, number | null][];
  settings: OptimizeSettings;
  command: string;
  recipe_json: string;
  warnings: string[];
};
