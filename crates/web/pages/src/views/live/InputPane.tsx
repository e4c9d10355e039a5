import type { RefObject } from "preact";
import { useMemo } from "preact/hooks";
import { INPUT } from "../../api/session";
import type { Picture, Session } from "../../api/types";
import { Choice } from "../../parts/Choice";
import { Pane } from "../../parts/Pane";
import { Pixels } from "../../parts/Pixels";
import { paintRgb } from "../../parts/ramps";
import type { Frames } from "./frames";
import type { Seen } from "./looking";
import { FITS, type Settings } from "./settings";

const FIT_TEXT = { card: "as the card says", crop: "crop", stretch: "stretch", pad: "pad" };

type Props = {
  session: Session;
  settings: Settings;
  seen: Seen | null;
  stale: boolean;
  frames: Frames;
  canvas: RefObject<HTMLCanvasElement | null>;
  onFit: (fit: Settings["fit"]) => void;
};

/** What the network sees, with the part of it that the chosen unit's strongest position sees. */
export function InputPane({ session, settings, seen, stale, frames, canvas, onFit }: Props) {
  const note = settings.camera ? (frames.frozen ? "frame held" : "webcam") : seen?.bundle.meta.picture.name;
  return (
    <Pane
      title="Input"
      note={note}
      busy={stale}
      error={settings.camera ? frames.error : null}
      class="input-pane"
      controls={
        <>
          {settings.camera && frames.ready && (
            <button aria-pressed={frames.frozen} title="Hold the frame (f)" onClick={() => frames.setFrozen(!frames.frozen)}>
              Hold
            </button>
          )}
          <Choice
            label="How the picture fits the input (0)"
            value={settings.fit}
            options={FITS.map((value) => ({ value, text: value === "card" ? "fit" : value, about: FIT_TEXT[value] }))}
            onChange={onFit}
          />
        </>
      }
    >
      <InputView session={session} seen={seen} canvas={canvas} />
    </Pane>
  );
}

type ViewProps = { session: Session; seen: Seen | null; canvas: RefObject<HTMLCanvasElement | null> };

export function InputView({ session, seen, canvas }: ViewProps) {
  const input = seen?.bundle.arrays.input;
  const raster = useMemo(() => {
    if (!input) return null;
    const [height = 1, width = 1] = input.shape;
    return { width, height, pixels: paintRgb(input.data) };
  }, [input]);
  return (
    <Pixels picture={raster} label={seen ? `The input of the network: ${seen.bundle.meta.picture.name}` : "No input yet"} canvas={canvas}>
      {seen && <SeenPart session={session} seen={seen} />}
    </Pixels>
  );
}

/** A frame around what the strongest position of the chosen unit sees, unless it is silent everywhere. */
function SeenPart({ session, seen }: { session: Session; seen: Seen }) {
  const { row, chosen } = seen.bundle.meta;
  const field = session.rows[row]?.field;
  const [, height, width] = session.model.input;
  if (!field || session.rows[row]!.operator === INPUT || chosen.silent === 1 || field.size[0] > height * 1.5) return null;
  const [top, left] = [0, 1].map((axis) => field.start[axis]! + field.stride[axis]! * chosen.at[axis]!) as [number, number];
  const start = [Math.max(0, top), Math.max(0, left)] as const;
  const end = [Math.min(height, top + field.size[0]), Math.min(width, left + field.size[1])] as const;
  return (
    <div
      class="seen-part"
      style={{
        top: `${(100 * start[0]) / height}%`,
        left: `${(100 * start[1]) / width}%`,
        height: `${(100 * (end[0] - start[0])) / height}%`,
        width: `${(100 * (end[1] - start[1])) / width}%`,
      }}
    />
  );
}

export function SecondPictureChoice({ all, value, onChange }: { all: Picture[]; value: string | null; onChange: (id: string | null) => void }) {
  return (
    <Choice
      label="Second picture"
      value={value ?? ""}
      options={[{ value: "", text: "same picture" }, ...all.map(({ id, name }) => ({ value: id, text: name }))]}
      onChange={(id) => onChange(id || null)}
    />
  );
}
