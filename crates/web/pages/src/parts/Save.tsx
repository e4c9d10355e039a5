import "./save.css";
import { useEffect, useRef, useState } from "preact/hooks";

type Props = {
  /** Begins the names of the files. */
  stem: string;
  panes: { name: string; canvas: () => HTMLCanvasElement | null }[];
  /** Links to raw data. */
  raw: { text: string; href: string; file: string }[];
  /** The shell command that makes the same. */
  command: string | null;
};

/** What can be taken away of a view: pictures, numbers and the command. */
export function Save({ stem, panes, raw, command }: Props) {
  const details = useRef<HTMLDetailsElement>(null);
  useCloseOutside(details);
  const [, redraw] = useState<object>({});
  return (
    // What there is to save may have changed since the view was drawn.
    <details class="save" ref={details} onToggle={() => redraw({})}>
      <summary>Save…</summary>
      <div class="save-body">
        <h3>Pictures (PNG)</h3>
        <div class="save-buttons">
          {panes.filter(({ canvas }) => hasContent(canvas())).map(({ name, canvas }) => (
            <button key={name} onClick={() => savePng(canvas(), `${stem}.${name.replaceAll(" ", "-")}.png`)}>
              {name}
            </button>
          ))}
        </div>
        {raw.length > 0 && (
          <>
            <h3>Numbers (float32 .npy)</h3>
            <div class="save-links">
              {raw.map(({ text, href, file }) => (
                <a key={text} href={href} download={file}>
                  {text}
                </a>
              ))}
            </div>
          </>
        )}
        {command && (
          <>
            <h3>The same on the command line</h3>
            <Command text={command} />
          </>
        )}
      </div>
    </details>
  );
}

const hasContent = (canvas: HTMLCanvasElement | null) => canvas !== null && canvas.dataset.empty === undefined;

export function Command({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => setCopied(false), [text]);
  return (
    <div class="command">
      <code tabIndex={0}>{text}</code>
      <button
        onClick={async () => {
          setCopied(await copy(text));
        }}
      >
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without TLS there is no clipboard; the text can still be selected.
    return false;
  }
}

export function savePng(canvas: HTMLCanvasElement | null, name: string): void {
  canvas?.toBlob((blob) => {
    if (!blob) return;
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = name;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
  });
}

function useCloseOutside(details: { current: HTMLDetailsElement | null }): void {
  useEffect(() => {
    const close = (event: Event) => {
      if (!details.current?.open) return;
      const escape = event instanceof KeyboardEvent && event.key === "Escape";
      const outside = event.type === "pointerdown" && !details.current.contains(event.target as Node);
      if (!escape && !outside) return;
      details.current.open = false;
      if (escape) {
        // The page's own Escape is not meant.
        event.preventDefault();
        details.current.querySelector("summary")?.focus();
      }
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close, true);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close, true);
    };
  }, []);
}
