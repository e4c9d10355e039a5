import { lastRow } from "../../api/session";
import type { Picture, Session } from "../../api/types";
import { percent } from "../../parts/numbers";
import type { Activity } from "./answers";
import type { Unit } from "./pick";

interface Props {
  session: Session;
  activity: Activity | null;
  picture: Picture | null;
  onChoose: (unit: Unit) => void;
}

/** Where to begin while no unit is chosen. */
export function Overview({ session, activity, picture, onChoose }: Props) {
  const units = session.rows.reduce((sum, row) => sum + row.units, 0);
  const classes = session.rows.filter((row) => row.classes).at(-1) ?? lastRow(session);
  return (
    <div class="overview">
      <h2>{session.model.name}</h2>
      <p>
        {units.toLocaleString("en")} units in {session.rows.length} rows, those next to the input on top. Choose one to light up the strongest paths that
        feed it and that it feeds.
      </p>
      {activity && activity.top.length > 0 && (
        <section>
          <h3>{picture ? `Begin with what ${picture.name} is taken for` : "Begin with a class"}</h3>
          <ol class="beginnings">
            {activity.top.map(({ index, name, probability }) => (
              <li key={index}>
                <button onClick={() => onChoose({ row: classes.index, unit: index })}>
                  <span>{name}</span>
                  <span>{percent(probability)}</span>
                </button>
              </li>
            ))}
          </ol>
        </section>
      )}
    </div>
  );
}
