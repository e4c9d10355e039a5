import type { Edge, Paths } from "../../api/types";
import { same, type Unit } from "./pick";

export type LitUnit = Paths["units"][number];
type LitEdge = Paths["edges"][number];

export type Basis = "weight" | "contribution";

/** An edge as it is drawn. */
export interface DrawnEdge extends LitEdge {
  /** Of its end that is farther from the chosen unit, and how strong the path is there. */
  level: number;
  strength: number;
  /** Of the largest weight of its level. */
  share: number;
}

/** The lit paths, prepared for drawing. */
export interface Lit {
  chosen: Unit;
  /** From the farthest to the chosen one, so that the nearer lie on top. */
  units: LitUnit[];
  edges: DrawnEdge[];
}

const key = ({ row, unit }: Unit) => `${row}:${unit}`;

export function prepare(chosen: Unit, paths: Paths): Lit {
  const lit = new Map(paths.units.map((unit) => [key(unit), unit]));
  const edges = paths.edges.flatMap((edge) => {
    const [from, to] = [lit.get(key(edge.from)), lit.get(key(edge.to))];
    if (!from || !to) return [];
    const { level, strength } = Math.abs(from.level) > Math.abs(to.level) ? from : to;
    return [{ ...edge, level, strength, share: 0 }];
  });
  const largest = new Map<number, number>();
  for (const { level, weight } of edges) largest.set(level, Math.max(largest.get(level) ?? 0, Math.abs(weight)));
  for (const edge of edges) edge.share = Math.abs(edge.weight) / (largest.get(edge.level) || 1);
  // The strongest last, so that they lie on top.
  edges.sort((a, b) => Math.abs(b.level) - Math.abs(a.level) || a.share - b.share);
  const units = [...paths.units].sort((a, b) => Math.abs(b.level) - Math.abs(a.level));
  return { chosen, units, edges };
}

/** The lit edges at the chosen unit itself, strongest first. */
export function edgesAt({ chosen, edges }: Lit): { inputs: Edge[]; outputs: Edge[] } {
  const strongest = (a: Edge, b: Edge) => Math.abs(b.weight) - Math.abs(a.weight);
  const inputs = edges.filter(({ to }) => same(to, chosen)).map(({ from, weight }) => ({ ...from, weight }));
  const outputs = edges.filter(({ from }) => same(from, chosen)).map(({ to, weight }) => ({ ...to, weight }));
  return { inputs: inputs.sort(strongest), outputs: outputs.sort(strongest) };
}
