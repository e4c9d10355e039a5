import type { RefObject } from "preact";
import type { Picture, Row, Session } from "../../api/types";
import { type Key, useKeys } from "../../shell/keys";
import type { Link } from "../../shell/link";
import type { Frames } from "./frames";
import type { Geometry } from "./grid/geometry";
import { BOOSTS, FILTERS, FITS, FROM, GAMMAS, LAYOUTS, next, NO_RULE, RESET, type Settings, TILES, ZOOMS } from "./settings";

type Given = {
  session: Session;
  settings: Settings;
  set: Link["set"];
  unit: number;
  layout: (typeof LAYOUTS)[number];
  frames: Frames;
  all: Picture[];
  picture: Picture | null;
  geometry: RefObject<Geometry | null>;
  grid: RefObject<HTMLDivElement | null>;
  bar: RefObject<HTMLDivElement | null>;
  area: "bar" | "grid";
  setArea: (area: "bar" | "grid") => void;
  chooseRow: (row: Row) => void;
  chooseUnit: (unit: number) => void;
  freeze: () => void;
  show: (show: Settings["show"]) => void;
};

const LEAP = 3;

/** The keys of the DeepVis toolbox that still make sense. */
export function useLiveKeys(given: Given): void {
  const { settings, set } = given;
  const moving = movement(given);
  useKeys("Move", moving, given.area === "bar" ? given.bar : given.grid);
  useKeys("Show", [
    { keys: ["a"], does: "activations, or slopes of the frozen unit", act: () => given.show(settings.show === "slopes" ? "activations" : "slopes") },
    { keys: ["b"], does: "rule: gradient, DeconvNet, guided, off", act: () => set({ rule: next(rulesOf(given.session), settings.rule) }) },
    { keys: ["m"], does: "filter: raw, grey, norm, blurred norm", act: () => set({ filter: next(FILTERS, settings.filter) }) },
    { keys: ["n"], does: "start from the maximum or the map", act: () => set({ from: next(FROM, settings.from) }) },
    { keys: ["d"], does: "freeze the unit it starts from", act: given.freeze },
    { keys: ["z"], does: "enlarge unit, back-projection, evidence", act: () => set({ zoom: next(ZOOMS, settings.zoom) }) },
    {
      keys: ["s"],
      does: "maps, or what each unit likes",
      act: () => given.session.atlas && set({ tiles: next(TILES, settings.tiles) }),
    },
    { keys: ["t"], does: "gamma 1, .7, .5, .3", act: () => set({ gamma: next(GAMMAS, settings.gamma as 1) }) },
    { keys: ["T"], does: "boost 0, .3, .5, .8, 1", act: () => set({ boost: next(BOOSTS, settings.boost as 0) }) },
    { keys: ["8"], does: "labels", act: () => set({ labels: settings.labels ? 0 : null }) },
    { keys: ["9"], does: "evidence: strips, 3×3, off", act: () => set({ evidence: next(LAYOUTS, given.layout) }) },
    { keys: ["v"], does: "compare side by side", act: () => set({ compare: settings.compare ? null : 1, picture2: null, rule2: null }) },
    { keys: ["Escape"], does: "reset", act: () => set(RESET) },
  ]);
  useKeys("Picture", [
    { keys: ["e", "PageDown"], does: "next picture", act: () => set(pictureAt(given, 1)) },
    { keys: ["w", "PageUp"], does: "previous picture", act: () => set(pictureAt(given, -1)) },
    { keys: ["c"], does: "webcam", act: () => set({ camera: settings.camera ? null : 1 }) },
    { keys: ["f"], does: "hold the webcam's frame", act: () => given.frames.ready && given.frames.setFrozen(!given.frames.frozen) },
    { keys: ["0"], does: "fit: as the card says, crop, stretch, pad", act: () => set({ fit: next(FITS, settings.fit) }) },
  ]);
}

const rulesOf = (session: Session) => [...session.rules.map(({ name }) => name), NO_RULE];

function pictureAt({ all, picture }: Given, step: number) {
  if (all.length === 0) return {};
  const now = all.findIndex(({ id }) => id === picture?.id);
  return { picture: all[(now + step + all.length) % all.length]!.id, camera: null };
}

function movement(given: Given): Key[] {
  const { session, settings, unit, area } = given;
  const { row } = settings;
  const toRow = (step: number) => {
    const wanted = Math.max(0, Math.min(session.rows.length - 1, row.index + step));
    if (wanted !== row.index) given.chooseRow(session.rows[wanted]!);
  };
  const toUnit = (step: number) => given.chooseUnit(Math.max(0, Math.min(row.units - 1, unit + step)));
  const across = (step: number) => (area === "bar" ? toRow(step) : toUnit(step));
  const along = (step: number) => {
    const columns = given.geometry.current?.columns ?? 1;
    if (area === "bar") {
      if (step > 0) given.setArea("grid");
      return;
    }
    if (step < 0 && unit < columns) return given.setArea("bar");
    const wanted = unit + step * columns;
    if (wanted >= 0 && wanted < row.units) given.chooseUnit(wanted);
    else if (Math.abs(step) > 1) along(Math.sign(step));
  };
  return [
    { keys: ["ArrowLeft", "j"], does: "left", act: () => across(-1) },
    { keys: ["ArrowRight", "l"], does: "right", act: () => across(1) },
    { keys: ["ArrowUp", "i"], does: "up; from the first line to the rows", act: () => along(-1) },
    { keys: ["ArrowDown", "k"], does: "down; from the rows into the grid", act: () => along(1) },
    { keys: ["Shift+ArrowLeft", "J"], does: `${LEAP} left`, act: () => across(-LEAP) },
    { keys: ["Shift+ArrowRight", "L"], does: `${LEAP} right`, act: () => across(LEAP) },
    { keys: ["Shift+ArrowUp", "I"], does: `${LEAP} up`, act: () => along(-LEAP) },
    { keys: ["Shift+ArrowDown", "K"], does: `${LEAP} down`, act: () => along(LEAP) },
    { keys: ["u"], does: "previous row", act: () => toRow(-1) },
    { keys: ["o"], does: "next row", act: () => toRow(1) },
  ];
}
