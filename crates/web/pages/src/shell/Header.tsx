import { thumbnail } from "../api/pictures";
import { useStore } from "../api/store";
import type { Session } from "../api/types";
import { VIEWS, type View } from "../views";
import { addressOf, goTo, setLink, useLink } from "./link";
import { usePicture } from "./picture";
import { theme } from "./preferences";

type Props = { session: Session | null; view: View; onHelp: () => void; onPictures: () => void };

const THEMES = { system: "Auto", light: "Light", dark: "Dark" } as const;

export function Header({ session, view, onHelp, onPictures }: Props) {
  // The anchors hold the whole address, which changes with every setting.
  useLink();
  return (
    <header class="header">
      <span class="brand">inscape</span>
      <nav class="views" aria-label="Views">
        {VIEWS.map(({ name, title }) => (
          <a
            key={name}
            href={addressOf(name)}
            aria-current={name === view.name ? "page" : undefined}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
              event.preventDefault();
              goTo(name);
            }}
          >
            {title}
          </a>
        ))}
      </nav>
      {session && <ModelName session={session} />}
      <div class="header-controls">
        <PictureChip onClick={onPictures} />
        <ThemeChoice />
        <button class="wide-only" onClick={() => setLink({ present: 1 })} title="Larger type, no header (P)">
          Present
        </button>
        <button onClick={onHelp} title="Keys and how to read the page (h)">
          Help
        </button>
      </div>
    </header>
  );
}

function ModelName({ session }: { session: Session }) {
  const { name, input, parameters } = session.model;
  const [channels, height, width] = input;
  return (
    <span class="model" title={`${name}: input ${channels}×${height}×${width}, ${parameters.toLocaleString("en")} parameters`}>
      {name}
      <span class="quiet"> {millions(parameters)} parameters</span>
    </span>
  );
}

const millions = (count: number) => (count < 1e6 ? count.toLocaleString("en") : `${(count / 1e6).toFixed(count < 1e7 ? 2 : 1)} M`);

function PictureChip({ onClick }: { onClick: () => void }) {
  const { picture } = usePicture();
  const camera = useLink().get("camera") !== null;
  return (
    <button class="picture-chip" onClick={onClick} title="Choose a picture (O)" aria-haspopup="dialog">
      {picture && !camera && <img src={thumbnail(picture.id)} alt="" width={22} height={22} />}
      <span>{camera ? "Webcam" : (picture?.name ?? "Choose a picture")}</span>
    </button>
  );
}

function ThemeChoice() {
  const chosen = useStore(theme);
  return (
    <select
      class="wide-only"
      aria-label="Theme"
      value={chosen}
      onChange={(event) => theme.set(event.currentTarget.value as keyof typeof THEMES)}
    >
      {Object.entries(THEMES).map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}
