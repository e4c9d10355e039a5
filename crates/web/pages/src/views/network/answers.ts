import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, get, getBundle } from "../../api/client";
import { Newest } from "../../api/newest";
import type { Paths, Score, Session, UnitEdges } from "../../api/types";
import type { Basis } from "./paths";
import type { Unit } from "./pick";
import type { RowActivity } from "./shades";

const AGAIN = 2000;
const LIMIT = 400;

/** What the server said to the newest question. While a new one is under way the old answer stays, marked busy. */
export interface Answer<T> {
  value: T | null;
  busy: boolean;
  problem: string | null;
}

/** Asks again when `question` changes; null asks nothing. `unfinished` answers are asked for again after a while. */
function useAnswer<T>(
  session: Session,
  question: string | null,
  ask: (question: string, signal: AbortSignal) => Promise<T>,
  unfinished?: (answer: T) => boolean,
): Answer<T> {
  const [state, setState] = useState<{ question: string | null; answer: Answer<T> }>({
    question: null,
    answer: { value: null, busy: false, problem: null },
  });
  const timer = useRef(0);
  const line = useRef<Newest<string, T> | null>(null);
  const current = useRef(question);
  current.current = question;
  useEffect(() => {
    line.current = new Newest<string, T>(ask, {
      done: (value, asked) => {
        setState({ question: asked, answer: { value, busy: false, problem: null } });
        clearTimeout(timer.current);
        if (asked === current.current && unfinished?.(value)) timer.current = window.setTimeout(() => line.current?.want(asked), AGAIN);
      },
      failed: (error, asked) => {
        // A server that does not answer has its own banner and is asked again when it is back; until then the old answer stays.
        const silent = (error as ApiError).status === 0;
        setState(({ answer }) => ({
          question: asked,
          answer: { value: silent ? answer.value : null, busy: false, problem: silent ? null : error.message },
        }));
      },
    });
    return () => {
      clearTimeout(timer.current);
      line.current?.close();
    };
  }, [session]);
  useEffect(() => {
    clearTimeout(timer.current);
    if (question !== null) line.current?.want(question);
  }, [session, question]);
  if (question === null) return { value: null, busy: false, problem: null };
  if (state.question === question) return state.answer;
  return { value: state.answer.value, busy: true, problem: null };
}

const growing = ({ traced }: { traced: number }) => traced < 1;

export function useEdges(session: Session, chosen: Unit | null): Answer<UnitEdges & { of: Unit }> {
  return useAnswer(
    session,
    chosen && JSON.stringify({ row: chosen.row, unit: chosen.unit }),
    async (question, signal) => {
      const of = JSON.parse(question) as Unit;
      return { ...(await get<UnitEdges>("/api/edges", { ...of }, signal)), of };
    },
    growing,
  );
}

export function usePaths(
  session: Session, chosen: Unit | null, strongest: number, by: Basis, picture: string | null,
): Answer<Paths & { of: Unit }> {
  const query = chosen && {
    row: chosen.row, unit: chosen.unit, strongest, by, limit: LIMIT,
    picture: by === "contribution" ? picture : null,
  };
  return useAnswer(
    session,
    query && JSON.stringify(query),
    async (question, signal) => {
      const asked = JSON.parse(question) as NonNullable<typeof query>;
      return { ...(await get<Paths>("/api/paths", asked, signal)), of: { row: asked.row, unit: asked.unit } };
    },
    growing,
  );
}

export interface Activity {
  picture: string;
  top: Score[];
  rows: (RowActivity | null)[];
}

export function useActivity(session: Session, picture: string | null): Answer<Activity> {
  return useAnswer(session, picture, async (asked, signal) => {
    const { meta, arrays } = await getBundle<{ top: Score[]; rows: { row: number; low: number; high: number }[] }>(
      "/api/activity", { picture: asked }, signal,
    );
    const rows: (RowActivity | null)[] = session.rows.map(() => null);
    for (const { row, low, high } of meta.rows) {
      const peaks = arrays[`peaks-${row}`];
      if (peaks) rows[row] = { peaks: peaks.data, low, high };
    }
    return { picture: asked, top: meta.top, rows };
  });
}
