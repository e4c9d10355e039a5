import { ApiError, get, unanswered } from "./client";
import { pictures, recallMissing, refreshPictures } from "./pictures";
import { Store } from "./store";
import type { Row, Session } from "./types";

export type Connection = {
  state: "opening" | "here" | "lost" | "refused";
  session: Session | null;
  message: string;
};

/** A new session object after each reconnection: effects that depend on it ask again. */
export const connection = new Store<Connection>({ state: "opening", session: null, message: "" });

const HEARTBEAT = 5000;
const RETRY = 1000;

export function connect(): void {
  unanswered.follow(() => {
    if (connection.value.state === "here") lose();
  });
  void seek();
  setInterval(() => {
    if (connection.value.state === "here" && !document.hidden) refreshPictures().catch(() => {});
  }, HEARTBEAT);
}

function lose(): void {
  connection.set({ ...connection.value, state: "lost" });
  setTimeout(seek, RETRY);
}

async function seek(): Promise<void> {
  try {
    const session = await get<Session>("/api/session");
    pictures.set({ pictures: session.pictures, own: session.own });
    await recallMissing(session);
    connection.set({ state: "here", session, message: "" });
  } catch (error) {
    const refused = error instanceof ApiError && (error.status === 401 || error.status === 403);
    connection.set({
      ...connection.value,
      state: refused ? "refused" : "lost",
      message: error instanceof Error ? error.message : String(error),
    });
    if (!refused) setTimeout(seek, RETRY);
  }
}

export const lastRow = (session: Session): Row => session.rows[session.rows.length - 1]!;

export function rowNamed(session: Session, value: string | null): Row | null {
  return session.rows.find((row) => row.value === value) ?? null;
}

/** As the command line lets one write it: without the leading slash and the exporter's `_output_0`. */
export const shortName = (value: string) => value.replace(/^\//, "").replace(/_output_0$/, "");

export function unitName(session: Session, row: Row, unit: number): string {
  const label = row.classes ? session.labels[unit] : undefined;
  return label ? `${label} (${unit})` : `unit ${unit}`;
}

/** An objective for the command line and for optimization. */
export function objectiveOf(row: Row, unit: number): string {
  if (row.classes) return `class:${unit}`;
  const value = /[:\s]/.test(row.value) ? `"${row.value}"` : row.value;
  return `unit:${value}:${unit}`;
}

/** The operator of the row that is the network's input itself, where the server shows it. */
export const INPUT = "Input";
