import "./workbench.css";
import type { Session } from "../../api/types";
import { useLink } from "../../shell/link";
import { Localize } from "./localize/Localize";
import { Optimize } from "./optimize/Optimize";
import { useOptimization } from "./optimize/running";

const TOOLS = {
  optimize: { title: "Optimize", about: "make the image that a class or unit likes most" },
  localize: { title: "Localize", about: "find the object of a class in a picture" },
} as const;

export function Workbench({ session }: { session: Session }) {
  const link = useLink();
  // here and not in the tool, so that a look at the other tool does not end the work
  const running = useOptimization();
  const tool = link.get("tool") === "localize" && session.model.classes !== null ? "localize" : "optimize";
  return (
    <div class="workbench">
      <div class="tools">
        <div class="segments" role="group" aria-label="Tool">
          {Object.entries(TOOLS).map(([name, { title, about }]) => (
            <button
              key={name}
              type="button"
              aria-pressed={tool === name}
              title={about}
              disabled={name === "localize" && session.model.classes === null}
              onClick={() => link.set({ tool: name === "optimize" ? null : name })}
            >
              {title}
            </button>
          ))}
        </div>
        <p class="quiet">{TOOLS[tool].about}</p>
      </div>
      {tool === "optimize" ? <Optimize session={session} running={running} /> : <Localize session={session} />}
    </div>
  );
}
