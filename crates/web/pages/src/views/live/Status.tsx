import { withQuery } from "../../api/client";
import { shortName } from "../../api/session";
import { CAMERA_REFUSAL, cameraAllowed } from "../../parts/camera";
import { milliseconds } from "../../parts/numbers";
import { Save } from "../../parts/Save";
import type { Canvases } from "./canvases";
import type { Seen } from "./looking";
import { NO_RULE, type Origin, type Settings } from "./settings";

type Props = {
  settings: Settings;
  seen: Seen | null;
  unit: number;
  origin: Origin;
  rate: number;
  canvases: Canvases;
  onChange: (changes: Record<string, string | number | null>) => void;
};

export function Status({ settings, seen, unit, origin, rate, canvases, onChange }: Props) {
  const { camera, compare } = settings;
  return (
    <footer class="live-status">
      <p class="status-text" data-status="">
        {said(settings, unit, origin).map((part) => (
          <span key={part}>{part}</span>
        ))}
        {seen && (
          <span class="status-time" title="on the server: forward, backward, all">
            {milliseconds(seen.bundle.meta.milliseconds.all)}
          </span>
        )}
        {camera && <span class="status-rate">{rate.toFixed(1)} frames/s</span>}
      </p>
      {camera && <span class="quiet status-private">Frames are never stored.</span>}
      <div class="status-controls">
        <button
          aria-pressed={camera}
          disabled={!cameraAllowed() && !camera}
          title={cameraAllowed() ? "Webcam (c): frames go to the inscape server alone and are never stored" : CAMERA_REFUSAL}
          onClick={() => onChange({ camera: camera ? null : 1 })}
        >
          Webcam
        </button>
        <button
          aria-pressed={compare}
          title="Two pictures or two rules side by side"
          onClick={() => onChange({ compare: compare ? null : 1, picture2: null, rule2: null })}
        >
          Compare
        </button>
        <Save
          stem={stemOf(settings, seen, unit)}
          panes={panesOf(settings, canvases)}
          raw={seen && !seen.wish.frame ? rawOf(settings, seen, unit) : []}
          command={seen && !seen.wish.frame ? (seen.bundle.meta.command ?? curl(seen, unit)) : null}
        />
      </div>
    </footer>
  );
}

function said({ row, show, rule, from, filter, frozen, gamma, boost }: Settings, unit: number, origin: Origin): string[] {
  const parts = [`${show === "slopes" ? "slopes" : "forward"} ${shortName(row.value)}:${unit}`];
  if (rule !== NO_RULE) {
    const start = frozen ? `frozen ${shortName(origin.row.value)}:${origin.unit}` : `its ${from === "max" ? "maximum" : "map"}`;
    parts.push(`${rule} from ${start}, ${filter}`);
  }
  if (gamma !== 1) parts.push(`gamma ${gamma}`);
  if (boost !== 0) parts.push(`boost ${boost}`);
  return parts;
}

function stemOf({ row }: Settings, seen: Seen | null, unit: number): string {
  const name = seen?.bundle.meta.picture.name.replace(/\.[^.]*$/, "") ?? "inscape";
  return `${name}.${shortName(row.value)}.${unit}`.replace(/[^\w.-]+/g, "_");
}

function panesOf({ compare, zoom, rule }: Settings, canvases: Canvases) {
  const names: [string, keyof Canvases][] = [["input", "input"]];
  names.push(zoom === "none" ? ["units", "grid"] : ["enlarged", "zoom"], ["overlay", "overlay"], ["map", "map"], ["optimized", "optimized"]);
  if (rule !== NO_RULE) names.push(["back-projection", "back"]);
  if (compare) names.push(["second input", "input-second"], ["second map", "map-second"], ["second back-projection", "back-second"]);
  return names.map(([name, key]) => ({ name, canvas: () => canvases[key].current }));
}

function rawOf(settings: Settings, seen: Seen, unit: number) {
  const query = { ...seen.wish.query, side: null };
  const stem = stemOf(settings, seen, unit);
  const kinds = [
    ["map", "the unit's map"],
    ["row", "all maps of the row"],
    ...(settings.rule === NO_RULE ? [] : [["back", "back-projection"]]),
  ];
  return kinds.map(([name, text]) => ({
    text: text!,
    href: withQuery(`/api/raw/${name}.npy`, { ...query, unit }),
    file: `${stem}.${name}.npy`,
  }));
}

/** What no command of inscape makes: a way back that begins with a map. */
const curl = ({ wish }: Seen, unit: number) =>
  `curl -o back.npy '${location.origin}${withQuery("/api/raw/back.npy", { ...wish.query, side: null, unit })}'`;
