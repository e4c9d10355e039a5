import type { Session } from "../../api/types";
import { Choice } from "../../parts/Choice";
import { UnitNumber } from "../../parts/UnitNumber";
import type { Basis } from "./paths";
import type { Unit } from "./pick";

interface Props {
  session: Session;
  names: string[];
  chosen: Unit | null;
  strongest: number;
  by: Basis;
  shaded: boolean;
  hasPicture: boolean;
  onChoose: (unit: Unit | null) => void;
  onStrongest: (strongest: number) => void;
  onBy: (by: Basis) => void;
  onShaded: (shaded: boolean) => void;
}

const STRONGEST = ["1", "2", "3", "4", "5"] as const;

/** Everything that can be done on the map, as native controls. */
export function Controls(props: Props) {
  const { session, names, chosen, strongest, by, shaded, hasPicture } = props;
  return (
    <div class="network-controls">
      <Choice
        label="Row"
        labelled
        value={chosen ? String(chosen.row) : ""}
        options={[
          ...(chosen ? [] : [{ value: "", text: "choose…" }]),
          ...session.rows.map(({ index, units, value }) => ({ value: String(index), text: `${names[index]} (${units})`, about: value })),
        ]}
        onChange={(row) => props.onChoose({ row: Number(row), unit: Math.min(chosen?.unit ?? 0, session.rows[Number(row)]!.units - 1) })}
      />
      <label class="choice">
        <span class="choice-label">Unit</span>
        <UnitNumber
          unit={chosen?.unit ?? null}
          units={chosen ? session.rows[chosen.row]!.units : 0}
          onChoose={(unit) => chosen && props.onChoose({ row: chosen.row, unit })}
        />
      </label>
      <Choice
        label="Paths by"
        labelled
        value={by}
        options={[
          { value: "weight", text: "weight", about: "The strongest weights, the same for all pictures" },
          {
            value: "contribution",
            text: hasPicture ? "contribution" : "contribution (needs a picture)",
            about: "Activation × gradient, for the picture at hand",
          },
        ]}
        onChange={props.onBy}
      />
      <Choice
        label="Strongest"
        labelled
        value={String(strongest) as (typeof STRONGEST)[number]}
        options={STRONGEST.map((value) => ({ value, text: value, about: `The ${value} strongest edges of each unit` }))}
        onChange={(value) => props.onStrongest(Number(value))}
      />
      <label class="choice">
        <input type="checkbox" checked={shaded} disabled={!hasPicture} onChange={({ currentTarget }) => props.onShaded(currentTarget.checked)} />
        <span>
          Shade<span class="shade-by"> by picture</span>
        </span>
      </label>
    </div>
  );
}
