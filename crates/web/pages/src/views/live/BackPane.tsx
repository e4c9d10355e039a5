import type { RefObject } from "preact";
import { useMemo } from "preact/hooks";
import { shortName } from "../../api/session";
import type { Rule, Session } from "../../api/types";
import { Choice } from "../../parts/Choice";
import { precise } from "../../parts/numbers";
import { Pane } from "../../parts/Pane";
import { Pixels } from "../../parts/Pixels";
import { filtered } from "./filters";
import type { Seen } from "./looking";
import { FILTERS, FROM, NO_RULE, type Origin, type Settings } from "./settings";

const FROM_TEXT = { max: "from max", map: "from map" };
const FILTER_TEXT = { raw: "raw", grey: "grey", norm: "norm", normblur: "norm blur" };
const FILTER_ABOUT = {
  raw: "0 is mid-grey; the largest 0.3 % are black or white",
  grey: "mean over the channels, 0 is mid-grey",
  norm: "L2 norm over the channels",
  normblur: "norm, then a Gaussian blur of sigma 4",
};

type Props = {
  session: Session;
  settings: Settings;
  seen: Seen | null;
  stale: boolean;
  origin: Origin;
  canvas: RefObject<HTMLCanvasElement | null>;
  onChange: (changes: Record<string, string | null>) => void;
  onFreeze: () => void;
};

/** From the origin unit back to the input. */
export function BackPane({ session, settings, seen, stale, origin, canvas, onChange, onFreeze }: Props) {
  const { rule, from, filter, frozen } = settings;
  return (
    <Pane
      title="Back to the input"
      busy={stale}
      class="back-pane"
      controls={
        <button aria-pressed={frozen !== null} title="Freeze the unit it starts from and walk the rows below (d)" onClick={onFreeze}>
          {frozen ? "Frozen" : "Freeze"}
        </button>
      }
    >
      <div class="back-content">
        <div class="back-choices">
          <RuleChoice label="Rule (b)" rules={session.rules} value={rule} onChange={(value) => onChange({ rule: value })} />
          <Choice
            label="Display filter (m)"
            value={filter}
            options={FILTERS.map((value) => ({ value, text: FILTER_TEXT[value], about: FILTER_ABOUT[value] }))}
            onChange={(value) => onChange({ filter: value })}
          />
          <Choice
            label="Where it starts (n)"
            value={from}
            options={FROM.map((value) => ({ value, text: FROM_TEXT[value] }))}
            onChange={(value) => onChange({ from: value })}
          />
        </div>
        <p class="quiet back-origin">
          of unit {origin.unit}, {shortName(origin.row.value)}
          {seen?.bundle.meta.back && `, largest ${precise(seen.bundle.meta.back.largest)}`}
        </p>
        <BackView seen={seen} filter={filter} canvas={canvas} />
      </div>
    </Pane>
  );
}

type RuleChoiceProps = { label: string; rules: Rule[]; value: string; onChange: (rule: string) => void };

export function RuleChoice({ label, rules, value, onChange }: RuleChoiceProps) {
  return (
    <Choice
      label={label}
      value={value}
      options={[
        ...rules.map(({ name, at_rectifiers, source }) => ({ value: name, text: name, about: `At rectifiers ${at_rectifiers}. ${source}` })),
        { value: NO_RULE, text: "off", about: "No back-projection" },
      ]}
      onChange={onChange}
    />
  );
}

type ViewProps = { seen: Seen | null; filter: Settings["filter"]; canvas: RefObject<HTMLCanvasElement | null> };

export function BackView({ seen, filter, canvas }: ViewProps) {
  const back = seen?.bundle.arrays.back;
  const raster = useMemo(() => (back ? filtered(back, filter) : null), [back, filter]);
  const rule = seen?.bundle.meta.back?.rule;
  return (
    <Pixels picture={raster} label={rule ? `Back-projection by ${rule}, shown ${FILTER_TEXT[filter]}` : "No back-projection"} canvas={canvas}>
      {seen && !back && <p class="well-note">off</p>}
    </Pixels>
  );
}
