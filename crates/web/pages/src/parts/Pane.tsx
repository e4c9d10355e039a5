import "./pane.css";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

type Props = {
  title: string;
  /** Short facts behind the title. */
  note?: ComponentChildren;
  /** It is being recomputed: dimmed, unless that is over in a moment. */
  busy?: boolean;
  error?: string | null;
  /** Controls on the right of the title. */
  controls?: ComponentChildren;
  class?: string;
  /** The setting that a picture dropped here goes to. */
  takes?: string;
  children?: ComponentChildren;
};

const PATIENCE = 80;

export function Pane({ title, note, busy = false, error, controls, class: name = "", takes, children }: Props) {
  const stale = useStale(busy);
  return (
    <section class={`pane ${name}`} aria-label={title} aria-busy={busy} data-takes={takes}>
      <header class="pane-header">
        <h2>{title}</h2>
        {note && <span class="quiet pane-note">{note}</span>}
        {controls && <div class="pane-controls">{controls}</div>}
      </header>
      {error && <p class="problem">{error}</p>}
      <div class={stale ? "pane-body stale" : "pane-body"}>{children}</div>
    </section>
  );
}

/** True when something has been busy for longer than a flicker. */
export function useStale(busy: boolean): boolean {
  const [stale, setStale] = useState(false);
  useEffect(() => {
    if (!busy) return setStale(false);
    const timer = setTimeout(() => setStale(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [busy]);
  return stale;
}
