import { useRef, useState } from "preact/hooks";
import { copy, savePng } from "../../parts/Save";
import type { Lit } from "./paths";
import type { Scene } from "./scene";

interface Props {
  scene: () => Scene | null;
  stem: string;
  /** What belongs to the lit paths in their file. */
  setting: Record<string, unknown>;
  lit: Lit | null;
  /** The shell command that gives the same numbers. */
  command: string | null;
}

/** The view as a picture, the lit paths as numbers, and the command that gives them. */
export function Takeaway({ scene, stem, setting, lit, command }: Props) {
  const [copied, setCopied] = useState<string | null>(null);
  const anchor = useRef<HTMLAnchorElement>(null);
  const saveJson = () => {
    const { units, edges } = lit!;
    const text = JSON.stringify({ ...setting, units, edges: edges.map(({ from, to, weight }) => ({ from, to, weight })) }, null, 1);
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    anchor.current!.href = address;
    anchor.current!.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };
  return (
    <div class="takeaway">
      <button onClick={() => savePng(scene()?.picture() ?? null, `${stem}.png`)}>Save PNG</button>
      <button disabled={!lit} onClick={saveJson}>
        Save paths (JSON)
      </button>
      <button disabled={!command} title={command ?? undefined} onClick={async () => setCopied((await copy(command!)) ? command : null)}>
        {copied !== null && copied === command ? "Copied" : "Copy command"}
      </button>
      <a ref={anchor} download={`${stem}.paths.json`} hidden />
    </div>
  );
}
