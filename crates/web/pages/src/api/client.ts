import { type Bundle, decodeBundle } from "./bundle";
import { Store } from "./store";

/** Status 0: the server did not answer at all. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

/** Counts the requests that got no answer at all; the session follows it and looks for the server. */
export const unanswered = new Store(0);

export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined) search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const answer = await ask(withQuery(path, query), { signal });
  return (await answer.json()) as T;
}

export async function post<T>(path: string, query: Query | undefined, body: Blob, signal?: AbortSignal): Promise<T> {
  const answer = await ask(withQuery(path, query), { method: "POST", body, signal });
  return (await answer.json()) as T;
}

export async function del(path: string): Promise<void> {
  await ask(path, { method: "DELETE" });
}

/** With a body the request is a POST. */
export async function getBundle<Meta>(
  path: string,
  query?: Query,
  signal?: AbortSignal,
  body?: Blob,
): Promise<Bundle<Meta>> {
  const answer = await ask(withQuery(path, query), body ? { method: "POST", body, signal } : { signal });
  return decodeBundle<Meta>(await answer.arrayBuffer());
}

/** Tells this page from others of the same browser: wishes take the place only of the same page's. */
const page = String(crypto.getRandomValues(new Uint32Array(1))[0]);

async function ask(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-cache", headers: { "inscape-page": page }, ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    unanswered.set(unanswered.value + 1);
    throw new ApiError(0, "The server does not answer.");
  }
  if (!answer.ok) throw new ApiError(answer.status, await reason(answer));
  return answer;
}

async function reason(answer: Response): Promise<string> {
  try {
    const told = (await answer.json()) as { error?: string };
    if (told.error) return told.error;
  } catch {
    // A proxy in between may answer with something that is not JSON.
  }
  return `The server answered ${answer.status} ${answer.statusText}.`;
}
