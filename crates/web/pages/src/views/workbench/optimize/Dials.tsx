import { DIALS } from "./dial";
import type { OptimizeSettings } from "../../../api/types";

type Properties = {
  base: OptimizeSettings;
  changes: OptimizeSettings;
  change: (changes: OptimizeSettings) => void;
};

/** Sliders for the recipe's numbers. A changed one says so, and can be set back. */
export function Dials({ base, changes, change }: Properties) {
  return (
    <div class="dials">
      {DIALS.map((dial) => {
        const changed = changes[dial.key];
        const own = base[dial.key];
        const value = changed ?? own;
        const id = `dial-${dial.key}`;
        const words = value === null ? "not in this recipe" : `${plain(value)}${dial.unit && ` ${dial.unit}`}`;
        return (
          <div class="dial" key={dial.key}>
            <label for={id} title={dial.means}>
              {dial.name}
            </label>
            <output for={id}>
              {words}
              {changed !== null && <span class="dial-changed">changed</span>}
            </output>
            <input
              id={id}
              type="range"
              min={0}
              max={dial.places}
              value={Math.min(dial.places, dial.place(value ?? 0, own))}
              disabled={value === null}
              aria-valuetext={`${words}, ${dial.means}`}
              onInput={(event) =>
                change({ ...changes, [dial.key]: dial.value(event.currentTarget.valueAsNumber, own) })
              }
            />
            <button
              type="button"
              class="dial-reset"
              disabled={changed === null}
              title={`Back to the recipe’s ${own === null ? "own" : plain(own)}`}
              aria-label={`${dial.name} as the recipe says`}
              onClick={() => change({ ...changes, [dial.key]: null })}
            >
              ↺
            </button>
          </div>
        );
      })}
    </div>
  );
}

function plain(value: number): string {
  return String(Number(value.toPrecision(3)));
}
