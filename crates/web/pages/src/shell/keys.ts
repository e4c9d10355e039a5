import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Store } from "../api/store";
import { shortcuts } from "./preferences";

/** `keys` are KeyboardEvent.key names; arrows and the like may have `Shift+` in front. */
export type Key = { keys: string[]; does: string; act: () => void };

export type KeyTable = { title: string; keys: Key[] };

type Registered = { current: KeyTable; within: RefObject<HTMLElement | null> | undefined };

const registered: Registered[] = [];

/** The tables in force, for the help overlay. */
export const keyTables = new Store<Registered[]>(registered);

/**
 * Single-key shortcuts of a part of the page. They are ignored while one types; where the user has turned shortcuts off they
 * still work while the focus is inside `within`.
 */
export function useKeys(title: string, keys: Key[], within?: RefObject<HTMLElement | null>): void {
  const table = useRef<Registered>({ current: { title, keys }, within });
  table.current.current = { title, keys };
  useEffect(() => {
    registered.push(table.current);
    keyTables.set([...registered]);
    return () => {
      registered.splice(registered.indexOf(table.current), 1);
      keyTables.set([...registered]);
    };
  }, []);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const name = event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key;
  if (takenByControl(event.target, event.key)) return;
  for (const { current, within } of [...registered].reverse()) {
    const inside = within?.current?.contains(event.target as Node) ?? false;
    if (shortcuts.value === "off" && !inside) continue;
    const key = current.keys.find(({ keys }) => keys.includes(name));
    if (key) {
      event.preventDefault();
      key.act();
      return;
    }
  }
});

/** Does the control that has the focus need this key for itself? */
function takenByControl(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLButtonElement || target.tagName === "SUMMARY") return key === " " || key === "Enter";
  if (!(target instanceof HTMLInputElement)) return false;
  if (target.type === "checkbox") return key === " ";
  if (target.type === "radio" || target.type === "range") return key.length > 1 && key !== "Escape";
  return target.type !== "button";
}
