import type { Option } from "../../../api/types";
import { slide } from "./settings";

type Properties = {
  option: Option;
  /** The preset's. */
  own: string;
  /** Null: as the preset says. */
  changed: string | null;
  change: (value: string | null) => void;
};

/** One setting: a slider, a choice, or text, with what it means and a way back to the preset's. */
export function Setting({ option, own, changed, change }: Properties) {
  const id = `option-${option.key}`;
  const value = changed ?? own;
  const ends = slide(option, own);
  const take = (next: string) => change(next === own || next === "" ? null : next);
  return (
    <div class="dial">
      <label for={id}>{option.key.replaceAll("-", " ")}</label>
      <output for={id}>
        {ends && short(value)}
        {changed !== null && <span class="dial-changed">changed</span>}
      </output>
      {ends ? (
        <input
          id={id}
          type="range"
          min={ends.low}
          max={ends.high}
          step={ends.step}
          value={value}
          aria-describedby={`${id}-about`}
          onInput={(event) => take(event.currentTarget.value)}
        />
      ) : option.choices.length > 0 ? (
        <select id={id} value={value} aria-describedby={`${id}-about`} onChange={(event) => take(event.currentTarget.value)}>
          {option.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          type="text"
          value={value}
          spellcheck={false}
          aria-describedby={`${id}-about`}
          onChange={(event) => take(event.currentTarget.value.trim())}
        />
      )}
      <button
        type="button"
        class="dial-reset"
        disabled={changed === null}
        title={`Back to the preset’s ${ends ? short(own) : own}`}
        aria-label={`${option.key} as the preset says`}
        onClick={() => change(null)}
      >
        ↺
      </button>
      <p class="note" id={`${id}-about`}>
        {option.about}
      </p>
    </div>
  );
}

/** Single precision leaves digits behind that say nothing. */
function short(value: string): number {
  return Number(Number(value).toPrecision(4));
}
