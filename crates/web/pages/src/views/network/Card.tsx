import { useEffect, useRef, useState } from "preact/hooks";
import { atlasFolder, atlasRow, spriteOf, tileAt } from "../../api/atlas";
import { shortName, unitName } from "../../api/session";
import { useStore, type Store } from "../../api/store";
import type { AtlasUnit, Session } from "../../api/types";
import { percent, precise } from "../../parts/numbers";
import type { Activity } from "./answers";
import type { Pointed } from "./Map";
import type { Unit } from "./pick";

interface Props {
  session: Session;
  activity: Activity | null;
  pointed: Store<Pointed | null>;
}

const TILES = 4;
const LINGER = 90;

/** What a unit likes, next to it while the mouse or the keyboard's cursor is on it. */
export function Card({ session, activity, pointed }: Props) {
  const now = useStore(pointed);
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = card.current;
    if (!element || !now) return;
    const room = element.parentElement!.getBoundingClientRect();
    const { width, height } = element.getBoundingClientRect();
    const left = now.x + 18 + width < room.width ? now.x + 18 : now.x - 18 - width;
    const top = Math.min(room.height - height - 6, Math.max(6, now.y - height / 2));
    element.style.transform = `translate(${Math.round(Math.max(4, left))}px, ${Math.round(top)}px)`;
  });
  if (!now) return null;
  const row = session.rows[now.unit.row]!;
  const peak = activity?.rows[row.index]?.peaks[now.unit.unit];
  return (
    <div class="unit-card" ref={card} aria-hidden="true">
      <p class="unit-card-name">{unitName(session, row, now.unit.unit)}</p>
      <p class="quiet">
        {shortName(row.value)} · {row.positions[0]}×{row.positions[1]}
      </p>
      <TopTiles session={session} unit={now.unit} />
      {peak !== undefined && <p>on this picture: at most {precise(peak)}</p>}
      <Facts session={session} unit={now.unit} />
    </div>
  );
}

function Facts({ session, unit: { row, unit } }: { session: Session; unit: Unit }) {
  const [facts, setFacts] = useState<AtlasUnit | null>(null);
  const folder = atlasFolder(session, row);
  useEffect(() => {
    setFacts(null);
    if (!folder) return;
    let current = true;
    // A row's numbers are a large file: not for a row that is merely crossed.
    const timer = setTimeout(() => {
      atlasRow(folder).then(({ units }) => current && setFacts(units[unit] ?? null), () => {});
    }, LINGER);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [folder, unit]);
  if (!facts) return null;
  return (
    <p class="quiet">
      mean {precise(facts.mean)} · silent at {percent(facts.silent)}
    </p>
  );
}

function TopTiles({ session, unit: { row, unit } }: { session: Session; unit: Unit }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const folder = atlasFolder(session, row);
  const { tile = 0, kinds = [], columns = 0 } = session.atlas ?? {};
  const across = Math.min(TILES, columns);
  const down = Math.min(2, kinds.length);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!folder || !context) return;
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    const image = new Image();
    image.onload = () => {
      for (let kind = 0; kind < down; kind++) {
        for (let peak = 0; peak < across; peak++) {
          const [x, y] = tileAt(tile, kind, peak);
          context.drawImage(image, x, y, tile, tile, x, y, tile, tile);
        }
      }
    };
    image.src = spriteOf(folder, unit);
    return () => {
      image.onload = null;
    };
  }, [folder, unit]);
  if (!folder || down === 0) return null;
  const [width, height] = tileAt(tile, down, across);
  return <canvas ref={canvas} width={width - 2} height={height - 2} />;
}
