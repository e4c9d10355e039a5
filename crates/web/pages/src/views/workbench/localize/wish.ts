import type { Localization, Preset } from "../../../api/types";
import { useMemo } from "preact/hooks";
import { useLink } from "../../../shell/link";
import { differing } from "./settings";

/** In the address the settings stand apart from those of other tools: `option.lambda=3`, as `--option lambda=3`. */
const PREFIX = "option.";

export type Form = {
  target: string;
  preset: Preset | undefined;
  changed: Record<string, string>;
  setTarget: (target: string) => void;
  setPreset: (name: string) => void;
  setOption: (key: string, value: string | null) => void;
};

/** What is looked for and how, as the address says it. */
export function useForm(known: Localization | null): Form {
  const { get, set } = useLink();
  const options = known?.options ?? [];
  const preset = known?.presets.find(({ name }) => name === get("preset")) ?? known?.presets[0];
  const texts = options.map(({ key }) => [key, get(PREFIX + key)] as const);
  const address = JSON.stringify([preset?.name, texts]);
  const changed = useMemo(() => {
    const named = Object.fromEntries(texts.filter((pair): pair is [string, string] => pair[1] !== null));
    return known ? differing(known, preset, named) : {};
  }, [known, address]);
  return {
    target: get("target") ?? "top1",
    preset,
    changed,
    setTarget: (target) => set({ target: target === "top1" || target === "" ? null : target }),
    setPreset: (name) => {
      const none = Object.fromEntries(options.map(({ key }) => [PREFIX + key, null]));
      set({ ...none, preset: name === known?.presets[0]?.name ? null : name });
    },
    setOption: (key, value) => set({ [PREFIX + key]: value }),
  };
}
