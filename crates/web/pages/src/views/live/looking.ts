import { useEffect, useRef, useState } from "preact/hooks";
import type { Bundle } from "../../api/bundle";
import { ApiError, getBundle, type Query } from "../../api/client";
import { Newest } from "../../api/newest";
import { recallPicture } from "../../api/pictures";
import type { Look, Session } from "../../api/types";
import type { Frames } from "./frames";

/** What one column asks for; `frame`: the webcam's picture instead of a stored one. */
export type Wish = { query: Query; frame: boolean };

export type Seen = { wish: Wish; bundle: Bundle<Look> };

type Wishes = { first: Wish | null; second: Wish | null };

export type Looking = {
  first: Seen | null;
  second: Seen | null;
  error: string | null;
  /** Frames a second of the webcam. */
  rate: number;
};

const sameWish = (one: Wish | null, other: Wish | null) => JSON.stringify(one) === JSON.stringify(other);

/**
 * Keeps the columns up to date: one request in flight, newest wish first. Webcam frames follow each other as fast as answers
 * come and the screen is drawn, so a slow network drops frames and never queues them.
 */
export function useLooking(session: Session, first: Wish | null, second: Wish | null, frames: Frames): Looking {
  const [looking, setLooking] = useState<Looking>({ first: null, second: null, error: null, rate: 0 });
  const wishes = useRef<Wishes>({ first, second });
  wishes.current = { first, second };
  const newest = useRef<Newest<Wishes, void> | null>(null);

  useEffect(() => {
    let answered = 0;
    const pace = { since: 0, rate: 0 };
    const shown: { second: Seen | null } = { second: null };
    const asker = new Newest<Wishes, void>(
      async (wanted, signal) => {
        if (wanted.first) {
          const seen = await ask(wanted.first, frames, signal);
          setLooking((before) => ({ ...before, first: seen, error: null }));
        }
        if (!wanted.second) {
          shown.second = null;
          setLooking((before) => (before.second ? { ...before, second: null } : before));
        } else if (wanted.second.frame || !sameWish(shown.second?.wish ?? null, wanted.second)) {
          const seen = await ask(wanted.second, frames, signal);
          shown.second = seen;
          setLooking((before) => ({ ...before, second: seen, error: null }));
        }
      },
      {
        done: () => {
          if (!frames.running) return setLooking((before) => (before.rate ? { ...before, rate: 0 } : before));
          answered++;
          const now = performance.now();
          if (now - pace.since > 1000) {
            const rate = pace.since ? (answered * 1000) / (now - pace.since) : 0;
            setLooking((before) => ({ ...before, rate }));
            pace.since = now;
            answered = 0;
          }
          requestAnimationFrame(() => frames.running && asker.want(wishes.current));
        },
        failed: (error) => {
          const lost = error instanceof ApiError && error.status === 0;
          // The banner tells of a lost server, and a new session comes with the next one.
          if (!lost) setLooking((before) => ({ ...before, error: error.message }));
        },
      },
    );
    newest.current = asker;
    asker.want(wishes.current);
    return () => asker.close();
  }, [session, frames]);

  useEffect(() => {
    newest.current?.want(wishes.current);
  }, [JSON.stringify({ first, second }), frames.running, session]);
  return looking;
}

async function ask(wish: Wish, frames: Frames, signal: AbortSignal): Promise<Seen> {
  const body = wish.frame ? await frames.newest() : undefined;
  const look = () => getBundle<Look>("/api/look", wish.query, signal, body);
  try {
    return { wish, bundle: await look() };
  } catch (error) {
    const id = wish.query.picture;
    const gone = error instanceof ApiError && error.status === 404 && typeof id === "string";
    if (!gone || !(await recallPicture(id))) throw error;
    return { wish, bundle: await look() };
  }
}
