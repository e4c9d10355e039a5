import { isInput } from "./input";
import { PICTURE_CELL } from "./draw-round";
import type { Lit } from "./paths";
import type { Scene } from "./scene";
import type { Wish } from "./tags";

/** Sides of the pictures, by level away from the chosen unit. */
const SIDES = [68, 56, 44, 36];
/** Between rows that are closer than this, the farthest level goes without. */
const ROOMY = 40;
const LONGEST_NAME = 22;

/** The lit units near the chosen one, which get their picture and name. */
export function tagWishes(scene: Scene, lit: Lit, measure: (text: string) => number): Wish[] {
  const { camera, plan, session, size } = scene;
  const share = Math.min(1, Math.max(0.62, Math.min(size.width / 900, size.height / 560)));
  const levels = plan.gap * camera.scale < ROOMY ? SIDES.length - 1 : SIDES.length;
  return lit.units
    .filter(({ level, row }) => Math.abs(level) < levels && !isInput(session.rows[row]!))
    .map((unit) => {
      const band = plan.bands[plan.blocks[unit.row]!.depth]!;
      const top = band.y * camera.scale + camera.top;
      const large = plan.blocks[unit.row]!.pitch * camera.scale >= PICTURE_CELL;
      const picture = !large && scene.tiles.covers(unit.row) ? Math.round(SIDES[Math.abs(unit.level)]! * share) : 0;
      const label = session.rows[unit.row]!.classes ? session.labels[unit.unit] : undefined;
      const name = label ? brief(label) : picture > 0 ? "" : String(unit.unit);
      return {
        unit,
        dot: scene.where(unit),
        band: { depth: plan.blocks[unit.row]!.depth, top, bottom: top + band.height * camera.scale },
        picture,
        name,
        nameWidth: name ? measure(name) + 8 : 0,
      };
    });
}

/** ImageNet's names are lists of synonyms. */
function brief(label: string): string {
  const first = label.split(",")[0]!;
  return first.length > LONGEST_NAME ? `${first.slice(0, LONGEST_NAME - 1)}…` : first;
}
