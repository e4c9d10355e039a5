import { spriteOf, tileAt } from "../../../api/atlas";

const AT_ONCE = 6;

/** The first tile of each unit's sprite, loaded as it comes into view. */
export class Patterns {
  #folder: string;
  #tile: number;
  #changed: () => void;
  #loaded = new Map<number, ImageBitmap | null>();
  #wanted: [number, number] = [0, 0];
  #loading = 0;
  #closed = false;

  constructor(folder: string, tile: number, changed: () => void) {
    this.#folder = folder;
    this.#tile = tile;
    this.#changed = changed;
  }

  get(unit: number): ImageBitmap | null {
    return this.#loaded.get(unit) ?? null;
  }

  want(first: number, last: number): void {
    this.#wanted = [first, last];
    while (this.#loading < AT_ONCE && this.#next()) continue;
  }

  close(): void {
    this.#closed = true;
    for (const pattern of this.#loaded.values()) pattern?.close();
    this.#loaded.clear();
  }

  #next(): boolean {
    for (let unit = this.#wanted[0]; unit < this.#wanted[1]; unit++) {
      if (this.#loaded.has(unit)) continue;
      this.#loaded.set(unit, null);
      void this.#load(unit);
      return true;
    }
    return false;
  }

  async #load(unit: number): Promise<void> {
    this.#loading++;
    try {
      const image = new Image();
      image.src = spriteOf(this.#folder, unit);
      await image.decode();
      const [x, y] = tileAt(this.#tile, 0, 0);
      const pattern = await createImageBitmap(image, x, y, this.#tile, this.#tile);
      if (this.#closed) pattern.close();
      else this.#loaded.set(unit, pattern);
    } catch {
      // A unit that no picture excites has no sprite; its place stays empty.
    }
    this.#loading--;
    if (this.#closed) return;
    this.#changed();
    this.#next();
  }
}
