import { atlasFolder, spriteOf } from "../../api/atlas";
import type { Session } from "../../api/types";
import type { Unit } from "./pick";

const AT_ONCE = 6;
const KEPT = 800;

/** The first tile of units' sprites (what of its strongest picture the unit answers to), fetched newest wish first. */
export class Tiles {
  #session: Session;
  #arrived: () => void;
  /** In order of last use. Null: on the way, or there is none. */
  #known = new Map<string, ImageBitmap | null>();
  #wanted: Unit[] = [];
  #running = 0;

  constructor(session: Session, arrived: () => void) {
    this.#session = session;
    this.#arrived = arrived;
  }

  /** Does the atlas hold pictures of this row? */
  covers(row: number): boolean {
    return (this.#session.atlas?.kinds.length ?? 0) > 0 && atlasFolder(this.#session, row) !== null;
  }

  get({ row, unit }: Unit): ImageBitmap | null {
    const key = `${row}:${unit}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return known;
    }
    if (!this.covers(row)) return null;
    this.#wanted = this.#wanted.filter((wish) => wish.row !== row || wish.unit !== unit).slice(-KEPT / 2);
    this.#wanted.push({ row, unit });
    void this.#fetch();
    return null;
  }

  async #fetch(): Promise<void> {
    if (this.#running >= AT_ONCE) return;
    const wish = this.#wanted.pop();
    if (!wish) return;
    this.#running++;
    const key = `${wish.row}:${wish.unit}`;
    this.#known.set(key, null);
    try {
      const answer = await fetch(spriteOf(atlasFolder(this.#session, wish.row)!, wish.unit));
      if (answer.ok) {
        const tile = this.#session.atlas!.tile;
        this.#known.set(key, await createImageBitmap(await answer.blob(), 0, 0, tile, tile));
        this.#arrived();
      }
    } catch {
      // Without its picture the unit stays a dot.
    }
    this.#forget();
    this.#running--;
    void this.#fetch();
  }

  #forget(): void {
    for (const [key, bitmap] of this.#known) {
      if (this.#known.size <= KEPT) return;
      bitmap?.close();
      this.#known.delete(key);
    }
  }
}
