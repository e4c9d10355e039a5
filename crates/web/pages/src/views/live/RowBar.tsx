import "./row-bar.css";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { shortName } from "../../api/session";
import type { Row, Session } from "../../api/types";

type Props = {
  session: Session;
  row: Row;
  frozenRow: Row | null;
  /** The keys move here, not in the grid. */
  active: boolean;
  frame: RefObject<HTMLDivElement | null>;
  onChoose: (row: Row) => void;
};

/** All rows from the input to the scores: a bar each, its height the number of units. */
export function RowBar({ session, row, frozenRow, active, frame, onChoose }: Props) {
  const { rows } = session;
  const most = Math.log2(Math.max(...rows.map(({ units }) => units)) + 1);
  const chosen = useRef<HTMLButtonElement>(null);
  useEffect(() => chosen.current?.scrollIntoView({ block: "nearest", inline: "nearest" }), [row]);
  return (
    <div class="rows">
      <div class="rows-line">
        <button aria-label="Previous row" title="Previous row (u)" disabled={row.index === 0} onClick={() => onChoose(rows[row.index - 1]!)}>
          ‹
        </button>
        <select
          class="rows-name"
          aria-label="Row"
          value={row.index}
          onChange={(event) => onChoose(rows[Number(event.currentTarget.value)]!)}
        >
          {rows.map(({ index, value, units }) => (
            <option key={index} value={index}>
              {shortName(value)} · {units}
            </option>
          ))}
        </select>
        <button
          aria-label="Next row"
          title="Next row (o)"
          disabled={row.index === rows.length - 1}
          onClick={() => onChoose(rows[row.index + 1]!)}
        >
          ›
        </button>
        <span class="quiet rows-facts">{facts(row)}</span>
      </div>
      <div ref={frame} class={active ? "row-bar active" : "row-bar"} role="group" aria-label="Rows of the network, input first">
        {groups(rows).map(({ name, rows: members }) => (
          <div key={members[0]!.index} class="row-group" style={{ flexGrow: members.length }}>
            <div class="row-bars">
              {members.map((member) => (
                <button
                  key={member.index}
                  ref={member === row ? chosen : undefined}
                  tabIndex={member === row ? 0 : -1}
                  aria-pressed={member === row}
                  aria-label={`${shortName(member.value)}, ${member.units} units`}
                  title={`${shortName(member.value)}: ${facts(member)}`}
                  class={member === frozenRow ? "row-tick frozen" : "row-tick"}
                  onClick={() => onChoose(member)}
                >
                  <span style={{ height: `${(100 * Math.log2(member.units + 1)) / most}%` }} />
                </button>
              ))}
            </div>
            <span class="row-group-name" aria-hidden="true">
              {members.length > 1 || rows.length < ROOMY ? name : " "}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}

function facts({ units, positions, operator, field }: Row): string {
  const places = positions[0] * positions[1] === 1 ? "" : ` × ${positions.join("×")} positions`;
  const sees = field ? `, each sees ${field.size.join("×")} pixels` : "";
  return `${operator}, ${units} unit${units === 1 ? "" : "s"}${places}${sees}`;
}

/** With fewer rows than this there is room for the name of each. */
const ROOMY = 16;

/** Neighbors whose names begin alike: the blocks of the network. */
function groups(rows: Row[]): { name: string; rows: Row[] }[] {
  const found: { name: string; rows: Row[] }[] = [];
  for (const row of rows) {
    const name = shortName(row.value).split("/")[0]!;
    const last = found[found.length - 1];
    if (last?.name === name) last.rows.push(row);
    else found.push({ name, rows: [row] });
  }
  return found;
}
