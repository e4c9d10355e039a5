import type { ComponentChildren } from "preact";

interface Props {
  lit: boolean;
  shaded: boolean;
  units: number;
  children: ComponentChildren;
}

/** How to read colors and lines. */
export function Legend({ lit, shaded, units, children }: Props) {
  return (
    <div class="legend">
      {lit && (
        <>
          <span class="legend-edge positive" /> excites
          <span class="legend-edge negative" /> inhibits
          <span class="quiet">wider is stronger · {units} lit</span>
        </>
      )}
      {shaded && (
        <>
          <span>
            − <span class="legend-ramp" /> +
          </span>
          <span class="quiet">activation on this picture, by row</span>
        </>
      )}
      {!lit && <span class="quiet legend-moves">Wheel zooms, drag moves, a row's name shows it large</span>}
      {children}
    </div>
  );
}
