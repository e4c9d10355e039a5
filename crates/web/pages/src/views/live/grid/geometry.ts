export type Geometry = {
  /** Maps: a tile per unit. Numbers: a small square with its number. Names: a line with tile, name and number. */
  kind: "maps" | "numbers" | "names";
  columns: number;
  lines: number;
  cellWidth: number;
  cellHeight: number;
  gap: number;
  /** The whole may be higher than what one sees of it. */
  height: number;
};

const SMALLEST = 9;
const LARGEST = 260;
const NUMBER = { width: 42, height: 20 };
const NAME = { width: 148, height: 20 };

type Given = {
  units: number;
  /** Height over width of a unit's map. */
  aspect: number;
  dense: boolean;
  classes: boolean;
  labels: boolean;
  width: number;
  height: number;
};

export function geometryOf({ units, aspect, dense, classes, labels, width, height }: Given): Geometry {
  if (labels && classes) return lined("names", units, width, NAME);
  if (labels && dense) return lined("numbers", units, width, NUMBER);
  let columns = 1;
  let cellWidth = 0;
  for (let tried = 1; tried <= units; tried++) {
    const wide = Math.min(Math.floor(width / tried), Math.floor(height / Math.ceil(units / tried) / aspect), LARGEST);
    if (wide > cellWidth) [columns, cellWidth] = [tried, wide];
  }
  if (cellWidth < SMALLEST) {
    cellWidth = SMALLEST;
    columns = Math.max(1, Math.floor(width / cellWidth));
  }
  const cellHeight = Math.max(1, Math.round(cellWidth * aspect));
  const lines = Math.ceil(units / columns);
  return { kind: "maps", columns, lines, cellWidth, cellHeight, gap: cellWidth > 24 ? 2 : 1, height: lines * cellHeight };
}

function lined(kind: "numbers" | "names", units: number, width: number, cell: { width: number; height: number }): Geometry {
  const columns = Math.max(1, Math.min(units, Math.floor(width / cell.width)));
  const lines = Math.ceil(units / columns);
  const cellWidth = Math.min(Math.floor(width / columns), cell.width * 2);
  return { kind, columns, lines, cellWidth, cellHeight: cell.height, gap: 2, height: lines * cell.height };
}

export function unitAt(geometry: Geometry, units: number, x: number, y: number): number | null {
  const column = Math.floor(x / geometry.cellWidth);
  const unit = Math.floor(y / geometry.cellHeight) * geometry.columns + column;
  return column >= 0 && column < geometry.columns && unit >= 0 && unit < units ? unit : null;
}

export function cellOf({ columns, cellWidth, cellHeight }: Geometry, unit: number): { x: number; y: number } {
  return { x: (unit % columns) * cellWidth, y: Math.floor(unit / columns) * cellHeight };
}
