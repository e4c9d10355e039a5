import { atlasFolder, spriteOf } from "../../api/atlas";
import type { Edge, Session } from "../../api/types";
import { percent, precise } from "../../parts/numbers";
import { isInput } from "./input";
import type { Unit } from "./pick";

interface Shared {
  session: Session;
  names: string[];
  onChoose: (unit: Unit) => void;
}

interface Props extends Shared {
  title: string;
  note?: string;
  none: string;
  edges: Edge[];
}

interface BothProps extends Shared {
  of: Unit;
  inputs: Edge[];
  outputs: Edge[];
  traced: number;
}

/** What feeds a unit, and what it feeds. */
export function EdgeLists({ of, inputs, outputs, traced, ...shared }: BothProps) {
  const input = isInput(shared.session.rows[of.row]!);
  const partly = traced < 1;
  return (
    <div class="edge-lists">
      <EdgeList {...shared} title="From" edges={inputs} none={input ? "None: this is the input." : "None: it reads the picture itself."} />
      <EdgeList
        {...shared}
        title="To"
        note={partly ? `${percent(traced)} traced` : undefined}
        none={partly ? "None known yet; the weights are still being traced." : "None: no row reads it."}
        edges={outputs}
      />
    </div>
  );
}

const SIDE = 28;

/** Edges, strongest first; each moves to the unit at its other end. */
function EdgeList({ title, note, none, edges, session, names, onChoose }: Props) {
  const largest = Math.max(...edges.map(({ weight }) => Math.abs(weight)));
  return (
    <section>
      <h3>
        {title} {note && <span class="quiet">({note})</span>}
      </h3>
      {edges.length === 0 && <p class="quiet">{none}</p>}
      <ol class="edge-list">
        {edges.map(({ row, unit, weight }) => (
          <li key={`${row}:${unit}`}>
            <button onClick={() => onChoose({ row, unit })} title={`${nameOf(session, row, unit)} of ${session.rows[row]!.value}: ${weight}`}>
              <Thumbnail session={session} row={row} unit={unit} />
              <span class="edge-name">{nameOf(session, row, unit)}</span>
              <span class="edge-row">{names[row]}</span>
              <span class={weight < 0 ? "edge-weight negative" : "edge-weight positive"}>{signed(weight)}</span>
              <span class="edge-bar">
                <span style={{ width: `${(Math.abs(weight) / largest) * 100}%` }} />
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

function nameOf(session: Session, row: number, unit: number): string {
  const label = session.rows[row]!.classes ? session.labels[unit]?.split(",")[0] : undefined;
  if (label) return label;
  if (isInput(session.rows[row]!) && session.rows[row]!.units === 3) return ["red", "green", "blue"][unit] ?? String(unit);
  return `unit ${unit}`;
}

const signed = (weight: number) => `${weight < 0 ? "−" : "+"}${precise(Math.abs(weight))}`;

function Thumbnail({ session, row, unit }: { session: Session; row: number; unit: number }) {
  const folder = atlasFolder(session, row);
  const { tile = 0, columns = 0, kinds = [] } = session.atlas ?? {};
  if (!folder || kinds.length === 0) return null;
  const grow = SIDE / tile;
  return (
    <span
      class="edge-picture"
      style={{ backgroundImage: `url("${spriteOf(folder, unit)}")`, backgroundSize: `${((tile + 2) * columns - 2) * grow}px auto` }}
    />
  );
}
