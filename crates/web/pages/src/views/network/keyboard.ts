import type { RefObject } from "preact";
import type { Store } from "../../api/store";
import { type Key, useKeys } from "../../shell/keys";
import type { Pointed } from "./Map";
import type { Basis } from "./paths";
import type { Unit } from "./pick";
import type { Scene } from "./scene";
import { walk } from "./walk";

interface Setting {
  scene: RefObject<Scene | null>;
  map: RefObject<HTMLElement | null>;
  pointed: Store<Pointed | null>;
  chosen: Unit | null;
  by: Basis;
  choose: (unit: Unit | null) => void;
  setBy: (by: Basis) => void;
  setStrongest: (strongest: number) => void;
}

const STRIDE = 90;
const STEP = 1.35;
const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
const START: Unit = { row: 0, unit: 0 };

/** The keys of the map, and what Enter does while the map has the focus. */
export function useMapKeys(setting: Setting): (event: KeyboardEvent) => void {
  const { scene, pointed, chosen, choose } = setting;
  const go = (key: string) => {
    const map = scene.current;
    if (!map) return;
    const from = map.cursor ?? chosen;
    const unit = from ? walk(map.plan, from, key) : START;
    map.point(unit);
    map.reveal(unit);
    pointed.set({ unit, ...map.where(unit), by: "keys" });
  };
  const slide = (x: number, y: number) => () => scene.current?.pan(x * STRIDE, y * STRIDE);
  const keys: Key[] = [
    ...ARROWS.map((key, i) => ({ keys: [key], does: `to the unit ${["before", "after", "above", "below"][i]}`, act: () => go(key) })),
    // Enter also presses buttons: it belongs to the map only while that has the focus, so it is no key of this table.
    { keys: ["Enter on the map"], does: "light up the paths of the unit", act: () => {} },
    { keys: ["Escape"], does: "nothing lit", act: () => { pointed.set(null); scene.current?.point(null); choose(null); } },
    { keys: ["+", "="], does: "zoom in", act: () => scene.current?.zoom(STEP) },
    { keys: ["-"], does: "zoom out", act: () => scene.current?.zoom(1 / STEP) },
    { keys: ["0"], does: "the whole network", act: () => scene.current?.showWhole() },
    {
      keys: ["z"],
      does: "the unit's row, large",
      act: () => {
        const unit = scene.current?.cursor ?? chosen;
        if (unit) scene.current?.showRow(unit.row);
      },
    },
    { keys: ["Shift+ArrowLeft"], does: "move the view left", act: slide(1, 0) },
    { keys: ["Shift+ArrowRight"], does: "move the view right", act: slide(-1, 0) },
    { keys: ["Shift+ArrowUp"], does: "move the view up", act: slide(0, 1) },
    { keys: ["Shift+ArrowDown"], does: "move the view down", act: slide(0, -1) },
    ...[1, 2, 3, 4, 5].map((count) => ({
      keys: [String(count)],
      does: count === 1 ? "the strongest edge of each unit" : `the ${count} strongest edges`,
      act: () => setting.setStrongest(count),
    })),
    { keys: ["c"], does: "weight or contribution", act: () => setting.setBy(setting.by === "weight" ? "contribution" : "weight") },
  ];
  useKeys("Network", keys, setting.map);
  return (event) => {
    if (event.key !== "Enter" || event.target !== event.currentTarget || !scene.current?.cursor) return;
    event.preventDefault();
    choose(scene.current.cursor);
  };
}
