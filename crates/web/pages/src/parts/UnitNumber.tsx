import { useState } from "preact/hooks";

type Props = { unit: number | null; units: number; onChoose: (unit: number) => void };

/** A unit's number, taken when it is typed to its end: what is half typed survives that the page is drawn anew around it. */
export function UnitNumber({ unit, units, onChoose }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      type="number"
      min={0}
      max={Math.max(0, units - 1)}
      value={typed ?? unit ?? ""}
      disabled={unit === null}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => setTyped(null)}
      onChange={(event) => {
        const wanted = Math.round(event.currentTarget.valueAsNumber);
        setTyped(null);
        if (wanted >= 0) onChoose(Math.min(wanted, units - 1));
      }}
    />
  );
}
