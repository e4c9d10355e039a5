import { useEffect, useState } from "preact/hooks";
import type { Localization, Option, Session } from "../../../api/types";
import { classOf } from "../optimize/objective";
import { Setting } from "./Setting";
import { FIRST, unchanged } from "./settings";
import type { Form } from "./wish";

type Properties = { session: Session; known: Localization; form: Form };

/** What is looked for, the preset, the sliders that matter first, and all others folded away. */
export function LocalizeForm({ session, known, form }: Properties) {
  const [first, others] = [true, false].map((is) => known.options.filter(({ key }) => FIRST.includes(key) === is)) as [Option[], Option[]];
  const setting = (option: Option) => (
    <Setting
      key={option.key}
      option={option}
      own={unchanged(option, form.preset)}
      changed={form.changed[option.key] ?? null}
      change={(value) => form.setOption(option.key, value)}
    />
  );
  const moved = others.filter(({ key }) => form.changed[key] !== undefined).length;
  return (
    <form class="localize-form" onSubmit={(event) => event.preventDefault()}>
      <fieldset>
        <legend>What is looked for</legend>
        <Target session={session} form={form} />
        <label class="field">
          <span>Preset</span>
          <select
            value={form.preset?.name}
            aria-describedby="preset-note"
            onChange={(event) => form.setPreset(event.currentTarget.value)}
          >
            {known.presets.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <p class="note" id="preset-note">
          {form.preset?.about}
        </p>
      </fieldset>
      <fieldset class="dials">
        <legend>Seeds and cut</legend>
        {first.map(setting)}
      </fieldset>
      <details class="others">
        <summary>
          All other settings{moved > 0 && <span class="dial-changed">{moved} changed</span>}
        </summary>
        <div class="dials">{others.map(setting)}</div>
      </details>
    </form>
  );
}

function Target({ session, form }: { session: Session; form: Form }) {
  const top = form.target === "top1";
  const [typed, type] = useState(top ? "" : form.target);
  useEffect(() => type(top ? "" : form.target), [form.target]);
  const take = (text: string) => form.setTarget(text.trim() === "" ? "top1" : classOf(text, session.labels));
  return (
    <label class="field">
      <span>Class, by name or number</span>
      <input
        type="search"
        list="localize-classes"
        placeholder="the picture’s top class"
        value={typed}
        autocomplete="off"
        spellcheck={false}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => {
          const text = event.currentTarget.value;
          type(text);
          if (text === "" || session.labels.includes(text)) take(text);
        }}
        onChange={(event) => take(event.currentTarget.value)}
      />
      <datalist id="localize-classes">
        {session.labels.map((label, index) => (
          <option key={index} value={label} />
        ))}
      </datalist>
    </label>
  );
}
