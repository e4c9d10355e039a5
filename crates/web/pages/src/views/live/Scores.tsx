import "./scores.css";
import type { Session } from "../../api/types";
import { percent, precise } from "../../parts/numbers";
import { Pane } from "../../parts/Pane";
import type { Seen } from "./looking";

type Props = { session: Session; seen: Seen | null; stale: boolean; onChoose: (index: number) => void };

/** The five classes with the highest scores; each leads to its unit. */
export function Scores({ session, seen, stale, onChoose }: Props) {
  const top = seen?.bundle.meta.top ?? [];
  if (session.model.classes === null) return null;
  return (
    <Pane title="Top 5 classes" busy={stale} class="scores-pane">
      <ol class="scores">
        {top.map(({ index, name, score, probability }) => (
          <li key={index}>
            <button onClick={() => onChoose(index)} title={`Class ${index}, score ${precise(score)}: show its unit`}>
              <span class="score-name">{name}</span>
              <span class="score-track">
                <span class="score-bar" style={{ width: `${100 * probability}%` }} />
              </span>
              <span class="score-share">{percent(probability)}</span>
            </button>
          </li>
        ))}
      </ol>
    </Pane>
  );
}
