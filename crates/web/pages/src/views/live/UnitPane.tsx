import type { RefObject } from "preact";
import { useMemo } from "preact/hooks";
import { INPUT, objectiveOf, shortName } from "../../api/session";
import type { Row, Session } from "../../api/types";
import { percent, precise } from "../../parts/numbers";
import { Pane } from "../../parts/Pane";
import { Pixels } from "../../parts/Pixels";
import { heat, paintNumbers, signed } from "../../parts/ramps";
import { UnitNumber } from "../../parts/UnitNumber";
import type { Seen } from "./looking";
import { OptimizedView } from "./OptimizedView";
import type { Settings } from "./settings";

type Props = {
  session: Session;
  settings: Settings;
  unit: number;
  seen: Seen | null;
  stale: boolean;
  canvas: RefObject<HTMLCanvasElement | null>;
  optimized: RefObject<HTMLCanvasElement | null>;
  onChoose: (unit: number) => void;
};

/** The chosen unit: its map, its numbers, the image that excites it most. */
export function UnitPane({ session, settings, unit, seen, stale, canvas, optimized, onChoose }: Props) {
  const { row } = settings;
  const label = row.classes ? session.labels[unit] : undefined;
  return (
    <Pane
      title={label ?? `Unit ${unit}`}
      note={shortName(row.value)}
      class="unit-pane"
      controls={
        <label class="unit-number">
          <span class="spoken">Unit, of {row.units}</span>
          <UnitNumber unit={unit} units={row.units} onChoose={onChoose} />
          <span class="quiet">of {row.units}</span>
        </label>
      }
    >
      <div class="unit-content">
        <figure class={stale ? "unit-figure stale" : "unit-figure"} aria-busy={stale}>
          <figcaption>{settings.show === "slopes" ? "slopes on this picture" : "activation on this picture"}</figcaption>
          <MapView seen={seen} settings={settings} row={row} canvas={canvas} />
        </figure>
        <OptimizedView objective={objectiveOf(row, unit)} canvas={optimized} possible={row.operator !== INPUT} />
        {seen && <Numbers seen={seen} />}
      </div>
    </Pane>
  );
}

function Numbers({ seen }: { seen: Seen }) {
  const { max, at, mean, silent } = seen.bundle.meta.chosen;
  const facts = [
    ["max", precise(max)],
    ["at row, column", at.join(", ")],
    ["mean", precise(mean)],
    ["silent", percent(silent)],
  ];
  return (
    <dl class="unit-numbers">
      {facts.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

type ViewProps = { seen: Seen | null; settings: Settings; row: Row; canvas: RefObject<HTMLCanvasElement | null> };

export function MapView({ seen, settings, row, canvas }: ViewProps) {
  const map = seen?.bundle.arrays.map;
  const { show, gamma } = settings;
  const tiles = seen?.bundle.meta.tiles;
  const raster = useMemo(() => {
    if (!map || !tiles) return null;
    const [height = 1, width = 1] = map.shape;
    let most = 0;
    let least = 0;
    for (const number of map.data) {
      most = Math.max(most, number);
      least = Math.min(least, number);
    }
    const both = show === "slopes" || tiles.low < 0;
    const reach = Math.max(most, -least) || 1;
    const pixels = both ? paintNumbers(map.data, signed, -reach, reach, gamma) : paintNumbers(map.data, heat, 0, reach, gamma);
    return { width, height, pixels };
  }, [map, show, gamma, tiles]);
  const [y, x] = seen?.bundle.meta.chosen.at ?? [0, 0];
  return (
    <Pixels
      picture={raster}
      hard
      label={seen ? `Map of unit ${seen.bundle.meta.unit} of ${shortName(row.value)}, strongest at row ${y}, column ${x}` : "No map yet"}
      canvas={canvas}
    >
      {raster && raster.width > 4 && seen!.bundle.meta.chosen.silent < 1 && (
        <span
          class="map-peak"
          style={{ left: `${(100 * (x + 0.5)) / raster.width}%`, top: `${(100 * (y + 0.5)) / raster.height}%` }}
        />
      )}
    </Pixels>
  );
}
