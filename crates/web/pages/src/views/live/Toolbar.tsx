import { Choice } from "../../parts/Choice";
import { BOOSTS, GAMMAS, type Settings, SHOWS, TILES, ZOOMS } from "./settings";

type Props = {
  settings: Settings;
  hasAtlas: boolean;
  onChange: (changes: Record<string, string | number | null>) => void;
  onShow: (show: Settings["show"]) => void;
};

const TILES_TEXT = { maps: "maps", patterns: "patterns" };
const ZOOM_TEXT = { none: "all units", unit: "unit", back: "back", evidence: "evidence" };

const numbers = (options: readonly number[], text: (option: number) => string) =>
  options.map((option) => ({ value: String(option), text: text(option) }));

/** How the units are drawn. */
export function Toolbar({ settings, hasAtlas, onChange, onShow }: Props) {
  return (
    <div class="live-toolbar" role="group" aria-label="How the units are drawn">
      <Choice
        label="Activations, or slopes of the frozen unit (a)"
        value={settings.show}
        options={SHOWS.map((value) => ({ value, text: value }))}
        onChange={onShow}
      />
      <Choice
        label={hasAtlas ? "Tiles (s): maps, or the part of a picture that each unit likes most" : "Tiles (s): patterns need an atlas"}
        value={settings.tiles}
        disabled={!hasAtlas}
        options={TILES.map((value) => ({ value, text: TILES_TEXT[value] }))}
        onChange={(tiles) => onChange({ tiles: tiles === "maps" ? null : tiles })}
      />
      <Choice
        label="Enlarge (z)"
        value={settings.zoom}
        options={ZOOMS.map((value) => ({ value, text: ZOOM_TEXT[value] }))}
        onChange={(zoom) => onChange({ zoom: zoom === "none" ? null : zoom })}
      />
      <Choice
        label="Gamma (t): below 1 shows faint activations"
        value={String(settings.gamma)}
        options={numbers(GAMMAS, (gamma) => `gamma ${gamma}`)}
        onChange={(gamma) => onChange({ gamma: gamma === "1" ? null : gamma })}
      />
      <Choice
        label="Boost (T): 0 normalizes over the row, 1 over each unit"
        value={String(settings.boost)}
        options={numbers(BOOSTS, (boost) => `boost ${boost}`)}
        onChange={(boost) => onChange({ boost: boost === "0" ? null : boost })}
      />
      <label class="live-labels" title="Names of classes and numbers of dense rows (8)">
        <input
          type="checkbox"
          checked={settings.labels}
          onChange={(event) => onChange({ labels: event.currentTarget.checked ? null : 0 })}
        />
        labels
      </label>
    </div>
  );
}
