import type { Picture, Session } from "../../api/types";
import { precise } from "../../parts/numbers";
import { Pane } from "../../parts/Pane";
import { isStale } from "./asking";
import { BackView, RuleChoice } from "./BackPane";
import type { Canvases } from "./canvases";
import { InputView, SecondPictureChoice } from "./InputPane";
import type { Seen, Wish } from "./looking";
import type { Settings } from "./settings";
import { MapView } from "./UnitPane";

type Props = {
  session: Session;
  settings: Settings;
  seen: Seen | null;
  wish: Wish | null;
  all: Picture[];
  canvases: Canvases;
  onChange: (changes: Record<string, string | null>) => void;
};

/** The same unit for another picture or by another rule. */
export function SecondColumn({ session, settings, seen, wish, all, canvases, onChange }: Props) {
  const stale = (part: "input" | "map" | "back") => isStale(part, seen, wish);
  const best = seen?.bundle.meta.top[0];
  return (
    <div class="live-column live-second">
      <Pane
        title="Second"
        busy={stale("input")}
        class="input-pane"
        takes="picture2"
        controls={<SecondPictureChoice all={all} value={settings.picture2} onChange={(picture2) => onChange({ picture2 })} />}
      >
        <InputView session={session} seen={seen} canvas={canvases["input-second"]} />
      </Pane>
      <Pane title="Second map" note={best?.name} busy={stale("map")} class="map-pane">
        <MapView seen={seen} settings={settings} row={settings.row} canvas={canvases["map-second"]} />
      </Pane>
      <Pane title="Second back" busy={stale("back")} class="back-pane">
        <div class="back-content">
          <div class="back-choices">
            <RuleChoice
              label="Rule of the second column"
              rules={session.rules}
              value={settings.rule2 ?? settings.rule}
              onChange={(rule2) => onChange({ rule2 })}
            />
            <span class="quiet back-same">start and filter as on the left</span>
          </div>
          <p class="quiet back-origin">{seen?.bundle.meta.back && `largest ${precise(seen.bundle.meta.back.largest)}`}&nbsp;</p>
          <BackView seen={seen} filter={settings.filter} canvas={canvases["back-second"]} />
        </div>
      </Pane>
    </div>
  );
}
