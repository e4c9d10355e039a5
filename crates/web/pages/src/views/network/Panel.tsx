import { shortName, unitName } from "../../api/session";
import type { Edge, Picture, Session, UnitEdges } from "../../api/types";
import { Evidence } from "../../parts/Evidence";
import { precise } from "../../parts/numbers";
import { Pane } from "../../parts/Pane";
import { addressOf, goTo } from "../../shell/link";
import type { Activity, Answer } from "./answers";
import { EdgeLists } from "./EdgeList";
import { isInput } from "./input";
import { useMedia } from "./media";
import type { Unit } from "./pick";

interface Props {
  session: Session;
  chosen: Unit;
  names: string[];
  edges: Answer<UnitEdges & { of: Unit }>;
  /** The chosen unit's edges by what they contribute to it on the picture at hand. */
  contributions: { inputs: Edge[]; outputs: Edge[] } | null;
  activity: Activity | null;
  picture: Picture | null;
  onChoose: (unit: Unit) => void;
}

/** The chosen unit: where it stands, what it likes, and its strongest edges as ways to move on. */
export function Panel({ session, chosen, names, edges, contributions, activity, picture, onChoose }: Props) {
  const row = session.rows[chosen.row]!;
  const peak = activity?.rows[chosen.row]?.peaks[chosen.unit];
  const roomy = useMedia("(min-width: 1500px) and (min-height: 940px)");
  const known = edges.value;
  return (
    <>
      <header class="chosen">
        <h2>{unitName(session, row, chosen.unit)}</h2>
        <a
          href={addressOf("live")}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
            event.preventDefault();
            goTo("live");
          }}
        >
          On the live page
        </a>
        <p class="quiet">
          {shortName(row.value)} · {row.operator} · {row.units.toLocaleString("en")} units of {row.positions[0]}×{row.positions[1]}
        </p>
        {peak !== undefined && picture && (
          <p>
            On {picture.name}: at most <strong>{precise(peak)}</strong>
          </p>
        )}
      </header>
      {!isInput(row) && <Evidence session={session} row={chosen.row} unit={chosen.unit} layout={roomy ? "montages" : "strips"} />}
      {contributions && (
        <Pane title={`Strongest on ${picture?.name ?? "this picture"}`} note="activation × gradient">
          <EdgeLists {...{ session, names, onChoose }} of={chosen} {...contributions} traced={1} />
        </Pane>
      )}
      <Pane title="Strongest edges by weight" busy={edges.busy} error={edges.problem}>
        <EdgeLists {...{ session, names, onChoose }} of={chosen} inputs={known?.inputs ?? []} outputs={known?.outputs ?? []} traced={known?.traced ?? 1} />
      </Pane>
    </>
  );
}
