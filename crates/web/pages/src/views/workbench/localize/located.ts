import { useEffect, useState } from "preact/hooks";
import type { Bundle } from "../../../api/bundle";
import { getBundle, type Query } from "../../../api/client";
import { Newest } from "../../../api/newest";
import type { Located, Session } from "../../../api/types";

type Answer = {
  located: Bundle<Located> | null;
  /** What was asked for; the page may want something else already. */
  of: Query | null;
  error: string | null;
  busy: boolean;
};

export const locate = (wish: Query, signal?: AbortSignal) => getBundle<Located>("/api/localize", wish, signal);

/** Asks for every change at once, with one request on its way; the answer before stays until the next is here. */
export function useLocated(session: Session, wish: Query | null): Answer {
  const [answer, setAnswer] = useState<Answer>({ located: null, of: null, error: null, busy: false });
  const [newest] = useState(
    () =>
      new Newest<Query, Bundle<Located>>((query, signal) => locate(query, signal), {
        done: (located, of) => setAnswer((before) => ({ ...before, located, of, error: null })),
        failed: (failure) => setAnswer((before) => ({ ...before, error: failure.message })),
        busy: (busy) => setAnswer((before) => ({ ...before, busy })),
      }),
  );
  useEffect(() => () => newest.close(), []);
  const text = JSON.stringify(wish);
  useEffect(() => {
    if (wish) newest.want(wish);
  }, [text, session]);
  return answer;
}
