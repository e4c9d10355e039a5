import type { RowShape } from "./depth";

/** A row that is read past other rows: one line down the side, with a branch into each of its readers. */
export interface Lane {
  row: number;
  readers: number[];
  /** Lanes that overlap in depth have different places; 0 is next to the rows. */
  place: number;
}

export interface Connections {
  /** From one depth to the next. */
  steps: [from: number, to: number][];
  lanes: Lane[];
  /** How many lanes there are side by side. */
  places: number;
}

export function connect(rows: RowShape[], depth: number[]): Connections {
  const steps: [number, number][] = [];
  const readers = new Map<number, number[]>();
  rows.forEach((row, i) => {
    for (const below of row.below) {
      if (depth[i]! - depth[below]! === 1) steps.push([below, i]);
      else readers.set(below, [...(readers.get(below) ?? []), i]);
    }
  });
  const ends: number[] = [];
  const lanes = [...readers]
    .map(([row, to]) => ({ row, to, start: depth[row]!, end: Math.max(...to.map((reader) => depth[reader]!)) }))
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .map(({ row, to, start, end }) => {
      let place = ends.findIndex((taken) => taken <= start);
      if (place < 0) place = ends.length;
      ends[place] = end;
      return { row, readers: to, place };
    });
  return { steps, lanes, places: ends.length };
}
