import "./network.css";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Query, withQuery } from "../../api/client";
import { rowNamed, shortName, unitName } from "../../api/session";
import { Store, useStore } from "../../api/store";
import type { Session } from "../../api/types";
import { precise } from "../../parts/numbers";
import { useStale } from "../../parts/Pane";
import { useLink } from "../../shell/link";
import { usePicture } from "../../shell/picture";
import { useActivity, useEdges, usePaths } from "./answers";
import { Card } from "./Card";
import { Controls } from "./Controls";
import { useMapKeys } from "./keyboard";
import { Legend } from "./Legend";
import { NetworkMap, type Pointed } from "./Map";
import { marginNames } from "./names";
import { Overview } from "./Overview";
import { Panel } from "./Panel";
import { type Basis, edgesAt, prepare } from "./paths";
import { same, type Unit } from "./pick";
import type { Scene } from "./scene";
import { Takeaway } from "./Takeaway";

/** The whole network as rows of units; a chosen unit lights up the paths that feed it and that it feeds. */
export function Network({ session }: { session: Session }) {
  const link = useLink();
  const { picture, missing } = usePicture();
  const chosen = useChosen(session, link.get("row"), link.get("unit"));
  const strongest = Math.min(5, Math.max(1, Number(link.get("strongest")) || 3));
  const by: Basis = link.get("by") === "contribution" && picture ? "contribution" : "weight";
  const shaded = picture !== null && link.get("shade") !== "off";

  const [pointed] = useState(() => new Store<Pointed | null>(null));
  const scene = useRef<Scene>(null);
  const map = useRef<HTMLDivElement>(null);
  const names = useMemo(() => marginNames(session.rows.map(({ value }) => value)), [session]);

  const edges = useEdges(session, chosen);
  const paths = usePaths(session, chosen, strongest, by, picture?.id ?? null);
  const activity = useActivity(session, picture?.id ?? null);
  const lit = useMemo(
    () => (chosen ? (paths.value ? prepare(paths.value.of, paths.value) : prepare(chosen, ALONE(chosen))) : null),
    [paths.value, chosen],
  );

  const choose = (unit: Unit | null) => {
    link.set({ row: unit && session.rows[unit.row]!.value, unit: unit && unit.unit });
    if (unit && !same(unit, chosen)) scene.current?.reveal(unit);
  };
  const setStrongest = (count: number) => link.set({ strongest: count === 3 ? null : count });
  const setBy = (basis: Basis) => link.set({ by: basis === "weight" ? null : basis });
  const pressed = useMapKeys({ scene, map, pointed, chosen, by, choose, setBy, setStrongest });
  const stale = useStale(paths.busy);
  const problem = paths.problem ?? activity.problem ?? (missing ? "The picture of this link is not here: choose another." : null);
  const stem = chosen ? `${session.model.name}.${shortName(session.rows[chosen.row]!.value).replaceAll("/", "-")}.${chosen.unit}` : session.model.name;

  return (
    <div class="network">
      <div class="network-map">
        <Controls
          session={session} names={names} chosen={chosen} strongest={strongest} by={by} shaded={shaded} hasPicture={picture !== null}
          onChoose={choose} onStrongest={setStrongest} onBy={setBy}
          onShaded={(on) => link.set({ shade: on ? null : "off" })}
        />
        {problem && <p class="problem">{problem}</p>}
        <div
          class="map-frame" ref={map} tabIndex={0} role="application" aria-busy={paths.busy} onKeyDown={pressed}
          aria-label="Map of the network: arrow keys walk units and rows, Enter lights up paths, Escape clears, plus and minus zoom"
        >
          <NetworkMap
            session={session} activity={shaded ? activity.value : null} lit={lit} pointed={pointed} scene={scene} onChoose={choose}
            about={describe(session, chosen, lit?.units.length ?? 0)}
          />
          <div class="network-zoom">
            <button aria-label="Zoom in" title="Zoom in (+)" onClick={() => scene.current?.zoom(1.5)}>+</button>
            <button aria-label="Zoom out" title="Zoom out (−)" onClick={() => scene.current?.zoom(1 / 1.5)}>−</button>
            <button title="The whole network (0)" onClick={() => scene.current?.showWhole()}>Whole</button>
          </div>
          <Card session={session} activity={activity.value} pointed={pointed} />
          {stale && <p class="map-busy">Tracing paths…</p>}
        </div>
        <Legend lit={lit !== null} shaded={shaded} units={lit?.units.length ?? 0}>
          <Takeaway
            scene={() => scene.current} stem={stem} lit={lit}
            command={chosen && curl({ ...chosen, strongest, by, picture: by === "contribution" ? picture?.id : null })}
            setting={{ model: session.model.name, rows: session.rows.map(({ value }) => value), ...chosen, strongest, by, picture: by === "contribution" ? picture?.name : null }}
          />
        </Legend>
      </div>
      <aside class="network-panel" aria-label="Chosen unit" tabIndex={0}>
        {chosen ? (
          <Panel
            session={session} chosen={chosen} names={names} edges={edges} activity={activity.value} picture={picture} onChoose={choose}
            contributions={by === "contribution" && lit && same(lit.chosen, chosen) ? edgesAt(lit) : null}
          />
        ) : (
          <Overview session={session} activity={activity.value} picture={picture} onChoose={choose} />
        )}
      </aside>
      <Spoken session={session} chosen={chosen} lit={lit?.units.length ?? 0} pointed={pointed} activity={activity.value?.rows ?? []} />
    </div>
  );
}

/** Until its paths are known a unit is lit alone. */
const ALONE = (unit: Unit) => ({ units: [{ ...unit, level: 0, strength: 1 }], edges: [], traced: 1, milliseconds: 0 });

function useChosen(session: Session, row: string | null, unit: string | null): Unit | null {
  return useMemo(() => {
    const named = rowNamed(session, row);
    if (!named || unit === null) return null;
    const index = Math.round(Number(unit));
    return index >= 0 && index < named.units ? { row: named.index, unit: index } : null;
  }, [session, row, unit]);
}

function describe(session: Session, chosen: Unit | null, lit: number): string {
  const all = `All units of ${session.model.name} as dots in ${session.rows.length} rows`;
  if (!chosen) return all;
  const row = session.rows[chosen.row]!;
  return `${all}; lit: ${unitName(session, row, chosen.unit)} of ${shortName(row.value)} and the strongest paths through it, ${lit} units`;
}

interface SpokenProps {
  session: Session;
  chosen: Unit | null;
  lit: number;
  pointed: Store<Pointed | null>;
  activity: ({ peaks: ArrayLike<number> } | null)[];
}

function Spoken({ session, chosen, lit, pointed, activity }: SpokenProps) {
  const now = useStore(pointed);
  const [text, setText] = useState("");
  const at = now?.by === "keys" ? now.unit : null;
  useEffect(() => {
    if (!at) return;
    const row = session.rows[at.row]!;
    const peak = activity[at.row]?.peaks[at.unit];
    setText(`${unitName(session, row, at.unit)}, ${shortName(row.value)}${peak === undefined ? "" : `, ${precise(peak)}`}`);
  }, [at?.row, at?.unit]);
  useEffect(() => {
    if (!chosen) return setText("Nothing is lit.");
    const row = session.rows[chosen.row]!;
    setText(`Lit: ${unitName(session, row, chosen.unit)} of ${shortName(row.value)}, ${lit} units on its strongest paths.`);
  }, [chosen, lit]);
  return (
    <p class="spoken" aria-live="polite">
      {text}
    </p>
  );
}

/** No command of inscape gives paths; the server does. */
const curl = (query: Query) => `curl '${location.origin}${withQuery("/api/paths", query)}'`;
