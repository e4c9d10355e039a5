import "./evidence.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { atlasFolder, atlasRow, spriteOf, tileAt } from "../api/atlas";
import type { AtlasUnit, Session } from "../api/types";
import { percent, precise } from "./numbers";

type Props = {
  session: Session;
  row: number;
  unit: number;
  /** Strips: a line per kind, the same peaks below each other. Montages: a 3×3 square per kind. */
  layout: "strips" | "montages";
  /** Opens one of the unit's pictures, where the server has it. */
  onPicture?: (id: string) => void;
};

/** What the atlas knows of a unit: the pictures it likes most and what of them it answers to. */
export function Evidence({ session, row, unit, layout, onPicture }: Props) {
  const folder = atlasFolder(session, row);
  const facts = useFacts(folder, unit);
  const sprite = useSprite(folder, unit);
  if (!session.atlas) {
    return (
      <p class="quiet evidence-none">
        No atlas yet. <code>inscape atlas --images DIR</code> finds the pictures that excite each unit most; the next{" "}
        <code>inscape serve</code> shows them here.
      </p>
    );
  }
  if (!folder) return <p class="quiet evidence-none">This row is not in the atlas.</p>;
  if (facts?.sprite === null) return <p class="quiet evidence-none">This atlas was made without pictures.</p>;
  const { atlas } = session;
  const peaks = facts?.top.map(({ picture }) => picture) ?? [];
  const served = session.pictures.map(({ id }) => id).filter((id) => peaks.includes(id));
  const open = (peak: number) => served.includes(peaks[peak] ?? "") && onPicture?.(peaks[peak]!);
  return (
    <div class={`evidence evidence-${layout}`}>
      {atlas.kinds.map(({ name, shows }, kind) => (
        <figure key={name}>
          <figcaption title={shows}>{name}</figcaption>
          <Tiles
            image={sprite}
            kind={kind}
            tile={atlas.tile}
            columns={atlas.columns}
            across={layout === "strips" ? atlas.columns : Math.ceil(Math.sqrt(atlas.columns))}
            label={`${name} of unit ${unit}: ${shows}`}
            titles={facts?.top.map(({ picture, activation }) => `${picture}: ${precise(activation)}`) ?? []}
            onPeak={open}
          />
        </figure>
      ))}
      {onPicture && served.length > 0 && (
        <p class="quiet evidence-open">
          Open
          {peaks.filter((id) => served.includes(id)).map((id) => (
            <button key={id} onClick={() => onPicture(id)}>
              {id}
            </button>
          ))}
        </p>
      )}
      {facts && (
        <p class="quiet evidence-facts">
          Over {atlas.pictures.toLocaleString("en")} pictures: mean {precise(facts.mean)}, silent at {percent(facts.silent)} of positions,
          strongest {precise(facts.top[0]?.activation ?? NaN)}.
        </p>
      )}
    </div>
  );
}

function useFacts(folder: string | null, unit: number): AtlasUnit | null {
  const [facts, setFacts] = useState<AtlasUnit | null>(null);
  useEffect(() => {
    if (!folder) return setFacts(null);
    let current = true;
    atlasRow(folder).then(
      ({ units }) => current && setFacts(units[unit] ?? null),
      () => current && setFacts(null),
    );
    return () => {
      current = false;
    };
  }, [folder, unit]);
  return facts;
}

function useSprite(folder: string | null, unit: number): HTMLImageElement | null {
  const [sprite, setSprite] = useState<HTMLImageElement | null>(null);
  useEffect(() => {
    if (!folder) return setSprite(null);
    const image = new Image();
    image.onload = () => setSprite(image);
    image.onerror = () => setSprite(null);
    image.src = spriteOf(folder, unit);
    return () => {
      image.onload = null;
    };
  }, [folder, unit]);
  return sprite;
}

type Pointed = { offsetX: number; offsetY: number; currentTarget: HTMLCanvasElement };

type TilesProps = {
  image: HTMLImageElement | null;
  kind: number;
  tile: number;
  columns: number;
  across: number;
  label: string;
  titles: string[];
  onPeak: (peak: number) => void;
};

function Tiles({ image, kind, tile, columns, across, label, titles, onPeak }: TilesProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const down = Math.ceil(columns / across);
  const step = tile + 2;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.canvas.width = across * step - 2;
    context.canvas.height = down * step - 2;
    if (!image) return;
    for (let peak = 0; peak < columns; peak++) {
      const [x, y] = tileAt(tile, kind, peak);
      context.drawImage(image, x, y, tile, tile, (peak % across) * step, Math.floor(peak / across) * step, tile, tile);
    }
  }, [image, kind, tile, columns, across]);
  const peakAt = ({ offsetX, offsetY, currentTarget }: Pointed) => {
    const column = Math.floor((offsetX / currentTarget.clientWidth) * across);
    const line = Math.floor((offsetY / currentTarget.clientHeight) * down);
    return line * across + column;
  };
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      onMouseMove={(event) => {
        event.currentTarget.title = titles[peakAt(event)] ?? "";
      }}
      onClick={(event) => onPeak(peakAt(event))}
    />
  );
}
