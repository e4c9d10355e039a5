import { useMemo, useRef } from "preact/hooks";
import type { Bundle } from "../../../api/bundle";
import { type Query, withQuery } from "../../../api/client";
import type { Located, Picture } from "../../../api/types";
import { precise } from "../../../parts/numbers";
import { Pane } from "../../../parts/Pane";
import { Pixels } from "../../../parts/Pixels";
import { Command, savePng } from "../../../parts/Save";
import { useLink } from "../../../shell/link";
import { opaque } from "../opaque";
import { saveText, stem } from "../save-text";
import { saveMask } from "./mask";
import { type Veil, VEILS, veiled } from "./veil";

type Properties = {
  located: Bundle<Located> | null;
  /** What it was asked for with, and the picture it was found in. */
  of: Query | null;
  picture: Picture | null;
  busy: boolean;
  error: string | null;
};

/** Mask and box over the picture, the stages, the numbers and what can be taken away. */
export function Found({ located, of, picture, busy, error }: Properties) {
  const link = useLink();
  const canvas = useRef<HTMLCanvasElement>(null);
  const veil = (Object.keys(VEILS) as Veil[]).find((name) => name === link.get("mask")) ?? "dimmed";
  const overlay = useMemo(() => located && over(located, veil), [located, veil]);
  const stages = useMemo(
    () => (located?.meta.stages ?? []).map(({ name, words }, i) => ({ name, words, picture: drawn(located, `stage-${i}`) })),
    [located],
  );
  const meta = located?.meta;
  const box = meta?.box ?? null;
  const name = meta ? (meta.target.name ?? meta.target.text) : "";
  const files = stem(`${picture?.name.replace(/\.\w+$/, "") ?? "picture"}-${name}`);
  const words = meta
    ? `${picture?.name ?? "Picture"} with the mask of ${name}; ${box ? `box from ${box[0]}, ${box[1]} to ${box[2]}, ${box[3]}` : "nothing found"}`
    : "No localization yet";

  return (
    <div class="found">
      <Pane
        title={meta ? name : "Mask"}
        note={meta && `score ${precise(meta.score)}`}
        busy={busy}
        error={error}
        class="found-mask"
        controls={
          <label class="found-veil">
            <span class="quiet">Mask as</span>
            <select value={veil} onChange={(event) => link.set({ mask: event.currentTarget.value === "dimmed" ? null : event.currentTarget.value })}>
              {Object.entries(VEILS).map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        }
      >
        <Pixels picture={overlay} canvas={canvas} label={words}>
          {box && picture?.width && picture.height && located?.arrays.picture && veil !== "mask" && (
            <Box box={box} width={picture.width} height={picture.height} />
          )}
        </Pixels>
      </Pane>
      <ol class="found-stages" aria-label="Stages">
        {stages.map((stage, i) => (
          <li key={stage.name}>
            <Pane title={`${i + 1} ${stage.name}`} note={stage.words !== stage.name && stage.words} busy={busy}>
              <Pixels picture={stage.picture} label={`Stage ${i + 1}, ${stage.name}: ${stage.words}`} />
            </Pane>
          </li>
        ))}
      </ol>
      {meta && (
        <section class="found-facts" aria-label="Result">
          <dl class="facts">
            <div>
              <dt>Box</dt>
              <dd>{box ? `${box[0]}, ${box[1]} – ${box[2]}, ${box[3]} (${box[2] - box[0]} × ${box[3] - box[1]} px)` : "none"}</dd>
            </div>
            <div>
              <dt>Basis</dt>
              <dd>{meta.basis}</dd>
            </div>
            <div>
              <dt>Time</dt>
              <dd>{meta.milliseconds.toFixed(0)} ms</dd>
            </div>
          </dl>
          <div class="results-files">
            <button type="button" onClick={() => savePng(canvas.current, `${files}.png`)}>
              Picture, PNG
            </button>
            <button type="button" disabled={!picture} onClick={() => of && picture && void saveMask(of, picture, `${files}.mask.png`)}>
              Mask, PNG
            </button>
            <button type="button" onClick={() => saveText(`${JSON.stringify(numbersOf(meta), null, 2)}\n`, `${files}.json`, "application/json")}>
              Numbers, JSON
            </button>
            {of && (
              <a href={withQuery("/api/raw/localization.npy", of)} download={`${files}.map.npy`}>
                Map, .npy
              </a>
            )}
          </div>
          <Command text={meta.command} />
          {meta.warnings.map((warning) => (
            <p key={warning} class="problem">
              {warning}
            </p>
          ))}
        </section>
      )}
      <p class="spoken" role="status">
        {busy ? "" : words}
      </p>
    </div>
  );
}

type BoxProperties = { box: [number, number, number, number]; width: number; height: number };

function Box({ box: [left, top, right, bottom], width, height }: BoxProperties) {
  return (
    <svg class="found-box" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="found-box-halo" x={left} y={top} width={right - left} height={bottom - top} />
      <rect class="found-box-line" x={left} y={top} width={right - left} height={bottom - top} />
    </svg>
  );
}

/** Without what says how the bytes of the answer were packed. */
function numbersOf(meta: Located): Located {
  return { ...meta, arrays: undefined } as Located;
}

function drawn(located: Bundle<Located> | null, name: string) {
  const array = located?.arrays[name];
  return array ? opaque(array) : null;
}

function over(located: Bundle<Located>, veil: Veil) {
  const { arrays, meta } = located;
  const picture = arrays.picture ?? arrays[`stage-${meta.stages.length - 1}`];
  return picture && arrays.mask ? veiled(picture, arrays.mask, veil, !arrays.picture) : null;
}
