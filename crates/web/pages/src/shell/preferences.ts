import { Store } from "../api/store";

/** A choice that stays in this browser; it is no part of a link. */
class Preference<T extends string> extends Store<T> {
  #key: string;

  constructor(key: string, fallback: T) {
    super((read(key) as T | null) ?? fallback);
    this.#key = key;
  }

  override set(value: T): void {
    super.set(value);
    try {
      localStorage.setItem(this.#key, value);
    } catch {
      // Without storage the choice lasts until the page is closed.
    }
  }
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export const theme = new Preference<"system" | "light" | "dark">("inscape.theme", "system");
export const shortcuts = new Preference<"on" | "off">("inscape.shortcuts", "on");
