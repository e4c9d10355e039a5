import "./live.css";
import { useMemo, useRef, useState } from "preact/hooks";
import { lastRow } from "../../api/session";
import type { Row, Session } from "../../api/types";
import { Evidence } from "../../parts/Evidence";
import { Pane } from "../../parts/Pane";
import { usePicture } from "../../shell/picture";
import { isStale, originOf, queryOf, sideFor } from "./asking";
import { BackPane, BackView } from "./BackPane";
import { EvidencePane, useLayout } from "./EvidencePane";
import { useFrames } from "./frames";
import type { Geometry } from "./grid/geometry";
import { Grid } from "./grid/Grid";
import { InputPane } from "./InputPane";
import { useLiveKeys } from "./live-keys";
import { type Seen, useLooking, type Wish } from "./looking";
import { OverlayView } from "./OverlayView";
import { RowBar } from "./RowBar";
import { Scores } from "./Scores";
import { SecondColumn } from "./SecondColumn";
import { originText, type Settings, useSettings } from "./settings";
import { Spoken } from "./Spoken";
import { Status } from "./Status";
import { Toolbar } from "./Toolbar";
import { MapView, UnitPane } from "./UnitPane";
import { useCanvases } from "./canvases";

export function Live({ session }: { session: Session }) {
  const { settings, set, unknownRow } = useSettings(session);
  const { picture, missing, all } = usePicture();
  const frames = useFrames(settings.camera);
  const [side, setSide] = useState(64);
  const wishFor = (id: string | null, rule: string, tiles: number): Wish | null => {
    const frame = settings.camera && id === (picture?.id ?? null);
    if (frame ? !frames.ready : id === null) return null;
    return { frame, query: queryOf(settings, frame ? null : id, rule, tiles) };
  };
  const first = wishFor(picture?.id ?? null, settings.rule, side);
  const second = settings.compare
    ? wishFor(settings.picture2 ?? picture?.id ?? null, settings.rule2 ?? settings.rule, SMALL)
    : null;
  const looking = useLooking(session, first, second, frames);
  const seen = looking.first;
  const unit = settings.unit ?? (seen && seen.bundle.meta.row === settings.row.index ? seen.bundle.meta.unit : 0);
  const origin = originOf(settings, unit);
  const layout = useLayout(settings);

  const canvases = useCanvases();
  const geometry = useRef<Geometry>(null);
  const grid = useRef<HTMLDivElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const [area, setArea] = useState<"bar" | "grid">("grid");
  const visited = useMemo(() => new Map<number, number>(), [session.model.sha256]);
  visited.set(settings.row.index, unit);

  const topClass = seen?.bundle.meta.top[0]?.index;
  const chooseRow = (row: Row) => {
    set({ row: row.value, unit: visited.get(row.index) ?? (row.classes ? topClass : undefined) ?? 0 });
  };
  const chooseUnit = (chosen: number) => set({ row: settings.row.value, unit: chosen });
  const freeze = () => set({ origin: settings.frozen ? null : originText({ row: settings.row, unit }) });
  const show = (wanted: Settings["show"]) => {
    // The slopes are those of one unit: it has to stay while other rows are looked at.
    const frozen = settings.frozen ?? { row: settings.row, unit };
    set(wanted === "slopes" ? { show: wanted, origin: originText(frozen) } : { show: null });
  };

  useLiveKeys({ session, settings, set, unit, layout, frames, all, picture, geometry, grid, bar, area, setArea, chooseRow, chooseUnit, freeze, show });

  const stale = (part: Parameters<typeof isStale>[0]) => isStale(part, seen, first);
  const trouble = looking.error ?? (missing && !settings.camera ? GONE : null) ?? (unknownRow && `This network has no row ${unknownRow}.`);
  return (
    <div class={settings.compare ? "live compare" : "live"}>
      <div class="live-column live-first">
        <InputPane
          session={session}
          settings={settings}
          seen={seen}
          stale={stale("input")}
          frames={frames}
          canvas={canvases.input}
          onFit={(fit) => set({ fit: fit === "card" ? null : fit })}
        />
        {settings.compare && (
          <Pane title="Map" busy={stale("map")} class="map-pane">
            <MapView seen={seen} settings={settings} row={settings.row} canvas={canvases.map2} />
          </Pane>
        )}
        <BackPane
          session={session}
          settings={settings}
          seen={seen}
          stale={stale("back")}
          origin={origin}
          canvas={canvases.back}
          onChange={set}
          onFreeze={freeze}
        />
      </div>
      {settings.compare && (
        <SecondColumn
          session={session}
          settings={settings}
          seen={looking.second}
          wish={second}
          all={all}
          onChange={set}
          canvases={canvases}
        />
      )}
      <div class="live-center">
        <RowBar
          session={session}
          row={settings.row}
          frozenRow={settings.frozen?.row ?? null}
          active={area === "bar"}
          frame={bar}
          onChoose={(row) => {
            chooseRow(row);
            setArea("bar");
          }}
        />
        <Toolbar settings={settings} hasAtlas={session.atlas !== null} onChange={set} onShow={show} />
        <Pane title={CENTER[settings.zoom]} busy={stale("tiles")} error={trouble} class={`center-pane ${settings.zoom}`}>
          {settings.zoom === "none" && seen && (
            <Grid
              session={session}
              settings={settings}
              seen={seen}
              geometry={geometry}
              frame={grid}
              canvas={canvases.grid}
              onChoose={(chosen) => {
                chooseUnit(chosen);
                setArea("grid");
              }}
              onTileSize={(pixels) => setSide(sideFor(pixels))}
            />
          )}
          {settings.zoom === "unit" && (
            <div class="enlarged">
              <MapView seen={seen} settings={settings} row={settings.row} canvas={canvases.zoom} />
              <OverlayView seen={seen} canvas={canvases.overlay} />
            </div>
          )}
          {settings.zoom === "evidence" && (
            <div class="enlarged-evidence" tabIndex={0} role="group" aria-label="Evidence, enlarged">
              <Evidence session={session} row={settings.row.index} unit={unit} layout="montages" />
            </div>
          )}
          {settings.zoom === "back" && <BackView seen={seen} filter={settings.filter} canvas={canvases.zoom} />}
          {settings.zoom === "none" && unread(seen) && (
            <p class="grid-note">All slopes are 0: the frozen unit does not depend on this row here. Rows below it have slopes.</p>
          )}
          {!seen && first && <p class="quiet">Looking…</p>}
          {!first && !settings.camera && <p class="quiet">Choose a picture, drop one here, or paste one.</p>}
        </Pane>
      </div>
      <div class="live-column live-last">
        <UnitPane
          session={session}
          settings={settings}
          unit={unit}
          seen={seen}
          stale={stale("map")}
          canvas={canvases.map}
          optimized={canvases.optimized}
          onChoose={chooseUnit}
        />
        <Scores
          session={session}
          seen={seen}
          stale={stale("scores")}
          onChoose={(index) => set({ row: classRow(session).value, unit: index })}
        />
        <EvidencePane
          session={session}
          settings={settings}
          unit={unit}
          layout={layout}
          onLayout={(evidence) => set({ evidence })}
          onPicture={(id) => set({ picture: id, camera: null })}
        />
      </div>
      <Status settings={settings} seen={seen} unit={unit} origin={origin} rate={looking.rate} canvases={canvases} onChange={set} />
      <Spoken session={session} row={settings.row} unit={unit} seen={seen} />
    </div>
  );
}

const SMALL = 8;
const GONE = "This picture is no longer here: own pictures stay in the server's memory only. Choose another.";
const CENTER = { none: "Units", unit: "The unit's map", back: "Back-projection, enlarged", evidence: "Evidence, enlarged" };

const unread = (seen: Seen | null) => {
  const meta = seen?.bundle.meta;
  return seen?.wish.query.show === "slopes" && meta?.tiles.low === 0 && meta.tiles.high === 0;
};

const classRow = (session: Session) => [...session.rows].reverse().find(({ classes }) => classes) ?? lastRow(session);
