import { useEffect, useState } from "preact/hooks";
import { shortName, unitName } from "../../api/session";
import type { Row, Session } from "../../api/types";
import { precise } from "../../parts/numbers";
import type { Seen } from "./looking";

type Props = { session: Session; row: Row; unit: number; seen: Seen | null };

const PAUSE = 350;

/** Tells the selection to screen readers once it has come to rest. */
export function Spoken({ session, row, unit, seen }: Props) {
  const [text, setText] = useState("");
  const shown = seen?.bundle.meta;
  const strongest = shown?.row === row.index && shown.unit === unit ? `, maximum ${precise(shown.chosen.max)}` : "";
  const wanted = `${unitName(session, row, unit)} of ${shortName(row.value)}${strongest}`;
  useEffect(() => {
    const timer = setTimeout(() => setText(wanted), PAUSE);
    return () => clearTimeout(timer);
  }, [row, unit, strongest !== ""]);
  return (
    <p class="spoken" aria-live="polite">
      {text}
    </p>
  );
}
