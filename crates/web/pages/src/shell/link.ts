import { Store, useStore } from "../api/store";

/** What the page shows, as the address says it: the view (path) and its settings (query). */
type Place = { view: string; query: URLSearchParams };

type Changes = Record<string, string | number | null | undefined>;

export type Link = {
  view: string;
  get: (name: string) => string | null;
  /** Null or undefined takes a setting away. */
  set: (changes: Changes) => void;
};

/** These go along when the view changes; all others are kept for the view that set them. */
const SHARED = ["picture", "row", "unit", "present"];

const DEFAULT_VIEW = "live";
const WRITE_AFTER = 150;

const fromAddress = (): Place => ({
  view: location.pathname.split("/")[1] || DEFAULT_VIEW,
  query: new URLSearchParams(location.search),
});

const place = new Store<Place>(fromAddress());
const remembered = new Map<string, URLSearchParams>();
let writing = 0;

addEventListener("popstate", () => place.set(fromAddress()));
addEventListener("pagehide", write);

export function useLink(): Link {
  const { view, query } = useStore(place);
  return { view, get: (name) => query.get(name), set: setLink };
}

export function setLink(changes: Changes): void {
  const { view, query } = place.value;
  const changed = apply(query, changes);
  if (changed.toString() === query.toString()) return;
  place.set({ view, query: changed });
  // Browsers refuse more than some hundred changes of the address in half a minute.
  writing ||= window.setTimeout(write, WRITE_AFTER);
}

export function goTo(view: string, changes: Changes = {}): void {
  write();
  const { view: before, query } = place.value;
  if (view === before) return setLink(changes);
  remembered.set(before, query);
  place.set({ view, query: apply(carried(view, query), changes) });
  history.pushState(null, "", address(place.value));
}

/** The address of a view as it would be after `goTo`, for anchors. */
export function addressOf(view: string): string {
  const { view: now, query } = place.value;
  return address({ view, query: view === now ? query : carried(view, query) });
}

function carried(view: string, query: URLSearchParams): URLSearchParams {
  const shared = Object.fromEntries(SHARED.map((name) => [name, query.get(name)]));
  return apply(remembered.get(view) ?? new URLSearchParams(), shared);
}

function apply(query: URLSearchParams, changes: Changes): URLSearchParams {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined) changed.delete(name);
    else changed.set(name, String(value));
  }
  return changed;
}

function address({ view, query }: Place): string {
  // Slashes are legal in a query and make links to rows readable.
  const text = query.toString().replaceAll("%2F", "/");
  return `/${view}${text ? `?${text}` : ""}`;
}

function write(): void {
  clearTimeout(writing);
  writing = 0;
  const now = address(place.value);
  if (now !== location.pathname + location.search) history.replaceState(null, "", now);
}
