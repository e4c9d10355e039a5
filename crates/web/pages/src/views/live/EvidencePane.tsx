import { useEffect, useState } from "preact/hooks";
import { shortName } from "../../api/session";
import type { Session } from "../../api/types";
import { Choice } from "../../parts/Choice";
import { Evidence } from "../../parts/Evidence";
import { Pane } from "../../parts/Pane";
import { LAYOUTS, type Settings } from "./settings";

const TEXT = { strips: "strips", montages: "3×3", off: "off" };
const ROOMY = "(min-width: 1700px) and (min-height: 900px)";

type Layout = Exclude<Settings["layout"], null>;

type Props = { session: Session; settings: Settings; unit: number; layout: Layout; onLayout: (layout: Layout) => void; onPicture: (id: string) => void };

export function EvidencePane({ session, settings, unit, layout, onLayout, onPicture }: Props) {
  return (
    <Pane
      title="Evidence"
      note={`of unit ${unit}, ${shortName(settings.row.value)}`}
      class="evidence-pane"
      controls={
        <Choice
          label="Layout of the evidence (9)"
          value={layout}
          options={LAYOUTS.map((value) => ({ value, text: TEXT[value] }))}
          onChange={onLayout}
        />
      }
    >
      {layout !== "off" && <Evidence session={session} row={settings.row.index} unit={unit} layout={layout} onPicture={onPicture} />}
    </Pane>
  );
}

/** What the address says, or what the window has room for. */
export function useLayout(settings: Settings): Layout {
  const [roomy, setRoomy] = useState(() => matchMedia(ROOMY).matches);
  useEffect(() => {
    const query = matchMedia(ROOMY);
    const changed = () => setRoomy(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return settings.layout ?? (roomy ? "montages" : "strips");
}
