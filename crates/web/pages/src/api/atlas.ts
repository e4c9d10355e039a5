import { get } from "./client";
import type { AtlasRow, Session } from "./types";

const loaded = new Map<string, Promise<AtlasRow>>();

/** Null when there is no atlas or the row is not in it. */
export function atlasFolder(session: Session, row: number): string | null {
  return session.atlas?.rows.find(({ index }) => index === row)?.folder ?? null;
}

export function atlasRow(folder: string): Promise<AtlasRow> {
  let row = loaded.get(folder);
  if (!row) {
    row = get<AtlasRow>(`/atlas/${encodeURIComponent(folder)}/units.json`);
    row.catch(() => loaded.delete(folder));
    loaded.set(folder, row);
  }
  return row;
}

export const spriteOf = (folder: string, unit: number) =>
  `/atlas/${encodeURIComponent(folder)}/${String(unit).padStart(5, "0")}.jpg`;

const GAP = 2;

/** Where in a sprite the tile of one kind (a row of it) and one peak (a column) is. */
export const tileAt = (tile: number, kind: number, peak: number): [number, number] => [
  peak * (tile + GAP),
  kind * (tile + GAP),
];
