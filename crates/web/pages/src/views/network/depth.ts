/** What the layout needs of a row. */
export interface RowShape {
  index: number;
  units: number;
  below: number[];
}

/**
 * How deep every row lies: as late as its readers allow, so that the branches of one block, which meet in the same
 * row, stand side by side (a shortcut's convolution beside the last one of its block, not beside the first).
 */
export function depths(rows: RowShape[]): number[] {
  const earliest = rows.map(() => 0);
  const readers: number[][] = rows.map(() => []);
  rows.forEach((row, i) => {
    for (const below of row.below) {
      if (below >= i) continue;
      earliest[i] = Math.max(earliest[i]!, earliest[below]! + 1);
      readers[below]!.push(i);
    }
  });
  const latest = earliest.slice();
  for (let i = rows.length - 1; i >= 0; i--) {
    const above = readers[i]!;
    if (above.length > 0) latest[i] = Math.min(...above.map((reader) => latest[reader]!)) - 1;
  }
  return latest;
}
