import { useEffect, useState } from "preact/hooks";

/** A value outside of components that components follow. */
export class Store<T> {
  #value: T;
  #followers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    for (const follower of [...this.#followers]) follower(value);
  }

  follow(follower: (value: T) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useState<object>({});
  const [seen] = useState({ value: store.value });
  seen.value = store.value;
  useEffect(() => {
    const changed = () => redraw({});
    // The value may have changed between drawing and this effect.
    if (seen.value !== store.value) changed();
    return store.follow(changed);
  }, [store]);
  return store.value;
}
