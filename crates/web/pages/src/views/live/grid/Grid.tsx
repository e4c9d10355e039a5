import "./grid.css";
import type { Ref, RefObject } from "preact";
import { useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { atlasFolder } from "../../../api/atlas";
import { shortName, unitName } from "../../../api/session";
import type { Session } from "../../../api/types";
import { precise } from "../../../parts/numbers";
import type { Seen } from "../looking";
import type { Settings } from "../settings";
import { cellOf, type Geometry, geometryOf, unitAt } from "./geometry";
import { paint, type Scene } from "./paint";
import { Patterns } from "./patterns";
import { tonesOf } from "./tones";

type Props = {
  session: Session;
  settings: Settings;
  seen: Seen;
  /** How many units stand in a line, for the keys. */
  geometry: RefObject<Geometry | null>;
  frame: Ref<HTMLDivElement>;
  canvas: RefObject<HTMLCanvasElement | null>;
  onChoose: (unit: number) => void;
  onTileSize: (pixels: number) => void;
};

type Hover = { unit: number; x: number; y: number };

export function Grid({ session, settings, seen, geometry: known, frame, canvas, onChoose, onTileSize }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  useImperativeHandle(frame, () => scroller.current!, []);
  const size = useSize(scroller);
  const [hover, setHover] = useState<Hover | null>(null);
  const [, repaint] = useState<object>({});
  const { bundle } = seen;
  const row = session.rows[bundle.meta.row]!;
  const [mapHeight, mapWidth] = row.positions;
  const { labels, tiles: kind, show, gamma, boost, frozen } = settings;

  const geometry = useMemo(
    () =>
      geometryOf({
        units: row.units,
        aspect: mapHeight / mapWidth,
        dense: mapHeight * mapWidth === 1,
        classes: row.classes,
        labels: labels && kind === "maps",
        ...size,
      }),
    [row, labels, kind, size],
  );
  known.current = geometry;
  useEffect(() => {
    if (geometry.kind === "maps" && size.width) onTileSize((geometry.cellWidth - geometry.gap) * Math.min(2, devicePixelRatio));
  }, [geometry]);

  const patterns = usePatterns(session, row.index, kind === "patterns", () => repaint({}));
  const tones = useMemo(
    () => tonesOf({ look: bundle.meta, peaks: bundle.arrays.peaks!.data, slopes: show === "slopes", gamma, boost }),
    [bundle, show, gamma, boost],
  );
  const scene: Scene = {
    bundle,
    units: row.units,
    geometry,
    tones,
    names: row.classes ? session.labels : [],
    patterns,
    chosen: settings.row === row ? (settings.unit ?? bundle.meta.unit) : bundle.meta.unit,
    frozen: frozen?.row === row ? frozen.unit : null,
  };
  const draw = () => {
    if (!canvas.current || !scroller.current || !size.width) return;
    paint(canvas.current, scene, { ...size, top: scroller.current.scrollTop, ratio: devicePixelRatio });
  };
  useLayoutEffect(draw);
  useLayoutEffect(() => {
    if (scroller.current) bringIntoView(scroller.current, geometry, scene.chosen);
  }, [geometry, scene.chosen]);

  const find = (event: MouseEvent) => {
    const box = scroller.current!.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const unit = unitAt(geometry, row.units, x, y + scroller.current!.scrollTop);
    return unit === null ? null : { unit, x, y };
  };
  return (
    <div class="grid-frame">
      <div
        ref={scroller}
        class="grid"
        role="group"
        tabIndex={0}
        aria-label={`Units of ${shortName(row.value)}; arrow keys choose one`}
        onScroll={draw}
        onMouseMove={(event) => setHover(find(event))}
        onMouseLeave={() => setHover(null)}
        onClick={(event) => {
          const found = find(event);
          if (found) onChoose(found.unit);
        }}
      >
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${row.units} units of ${shortName(row.value)}, ${show} on this picture, from ${precise(bundle.meta.tiles.low)} to ${precise(bundle.meta.tiles.high)}`}
        />
        <div class="grid-extent" style={{ height: `${Math.max(0, geometry.height - size.height)}px` }} />
      </div>
      {hover && (
        <div class="grid-tip" style={{ left: `${Math.min(hover.x, size.width - 150)}px`, top: `${tipTop(hover.y, size.height)}px` }}>
          {unitName(session, row, hover.unit)}: {precise(bundle.arrays.peaks!.data[hover.unit] ?? NaN)}
        </div>
      )}
    </div>
  );
}

const tipTop = (y: number, height: number) => (y > height - 56 ? y - 34 : y + 18);

function bringIntoView(scroller: HTMLElement, geometry: Geometry, unit: number): void {
  const { y } = cellOf(geometry, unit);
  const { scrollTop, clientHeight } = scroller;
  if (y < scrollTop) scroller.scrollTop = y;
  else if (y + geometry.cellHeight > scrollTop + clientHeight) scroller.scrollTop = y + geometry.cellHeight - clientHeight;
}

function useSize(element: RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element.current!;
      setSize((before) => (before.width === width && before.height === height ? before : { width, height }));
    });
    observer.observe(element.current!);
    return () => observer.disconnect();
  }, []);
  return size;
}

function usePatterns(session: Session, row: number, wanted: boolean, changed: () => void): Patterns | null {
  const [patterns, setPatterns] = useState<Patterns | null>(null);
  useEffect(() => {
    const folder = atlasFolder(session, row);
    if (!wanted || !folder || !session.atlas) return setPatterns(null);
    const loading = new Patterns(folder, session.atlas.tile, changed);
    setPatterns(loading);
    return () => loading.close();
  }, [session.atlas, row, wanted]);
  return patterns;
}
