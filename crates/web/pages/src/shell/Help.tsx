import { useStore } from "../api/store";
import { Dialog } from "../parts/Dialog";
import { keyTables } from "./keys";
import { shortcuts } from "./preferences";

const SHOWN: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  PageUp: "Page up",
  PageDown: "Page down",
  Escape: "Esc",
  " ": "Space",
};

const shown = (key: string) =>
  key
    .split("+")
    .map((part) => SHOWN[part] ?? part)
    .join(" ");

export function Help({ onClose }: { onClose: () => void }) {
  const tables = useStore(keyTables);
  const enabled = useStore(shortcuts) === "on";
  return (
    <Dialog title="Keys" onClose={onClose}>
      <label class="help-switch">
        <input
          type="checkbox"
          checked={enabled}
          onChange={(event) => shortcuts.set(event.currentTarget.checked ? "on" : "off")}
        />{" "}
        Single-key shortcuts <span class="quiet">(off: they work only while the grid or drawing they move in has the focus)</span>
      </label>
      <div class="help-tables">
        {tables.map(({ current: { title, keys } }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(({ keys: names, does }) => (
                <div key={does}>
                  <dt>
                    {names.map((name) => (
                      <kbd key={name}>{shown(name)}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="quiet help-note">
        The address holds everything that is shown: copy it to share just this view. Warm is positive, blue is negative.
      </p>
    </Dialog>
  );
}
