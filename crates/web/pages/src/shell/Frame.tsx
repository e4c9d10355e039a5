import "./theme.css";
import "./frame.css";
import { useEffect, useState } from "preact/hooks";
import { connection } from "../api/session";
import { useStore } from "../api/store";
import { PictureDialog } from "../parts/PictureDialog";
import { listenForPictures } from "../parts/take-in";
import { VIEWS } from "../views";
import { Banner } from "./Banner";
import { Header } from "./Header";
import { Help } from "./Help";
import { type Key, useKeys } from "./keys";
import { setLink, useLink } from "./link";
import { theme } from "./preferences";

export function Frame() {
  const { session } = useStore(connection);
  const link = useLink();
  const [open, setOpen] = useState<null | "help" | "pictures">(null);
  const presenting = link.get("present") !== null;
  const view = VIEWS.find(({ name }) => name === link.view) ?? VIEWS[0]!;

  useTheme();
  useEffect(() => {
    document.documentElement.toggleAttribute("data-present", presenting);
    // Canvases that were measured with the other sizes follow the window's resize.
    dispatchEvent(new Event("resize"));
  }, [presenting]);
  useEffect(() => {
    document.title = session ? `${view.title} · ${session.model.name} · inscape` : "inscape";
  }, [view, session]);
  useEffect(listenForPictures, []);

  const keys: Key[] = [
    { keys: ["h", "?"], does: "this help", act: () => setOpen("help") },
    { keys: ["P"], does: "presentation on or off", act: () => setLink({ present: presenting ? null : 1 }) },
    { keys: ["O"], does: "choose a picture", act: () => setOpen("pictures") },
  ];
  useKeys("Everywhere", keys);

  return (
    <div class="frame">
      <a class="skip" href="#main">
        Skip to the page
      </a>
      {presenting ? (
        <button class="leave-presentation" onClick={() => setLink({ present: null })}>
          Leave presentation
        </button>
      ) : (
        <Header
          session={session}
          view={view}
          onHelp={() => setOpen("help")}
          onPictures={() => setOpen("pictures")}
        />
      )}
      <Banner />
      <main id="main" tabIndex={-1}>
        <h1 class="spoken">{view.title}</h1>
        {session && <view.component key={view.name} session={session} />}
      </main>
      {open === "help" && <Help onClose={() => setOpen(null)} />}
      {open === "pictures" && session && <PictureDialog session={session} onClose={() => setOpen(null)} />}
    </div>
  );
}

function useTheme(): void {
  const chosen = useStore(theme);
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const apply = () => {
      const dark = chosen === "dark" || (chosen === "system" && system.matches);
      document.documentElement.dataset.theme = dark ? "dark" : "light";
    };
    apply();
    system.addEventListener("change", apply);
    return () => system.removeEventListener("change", apply);
  }, [chosen]);
}
