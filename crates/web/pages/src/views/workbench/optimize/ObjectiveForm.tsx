import { useEffect, useState } from "preact/hooks";
import { shortName } from "../../../api/session";
import type { Session } from "../../../api/types";
import { classOf, isClass, type Objective, read, write } from "./objective";

const WAYS = { class: "Class", unit: "Unit", text: "Text" } as const;

type Properties = {
  session: Session;
  text: string;
  way: Objective["by"];
  change: (text: string, way: Objective["by"]) => void;
};

/** What is climbed: a class by name, a unit by row and number, or any objective in the command line's words. */
export function ObjectiveForm({ session, text, way, change }: Properties) {
  const objective = read(text);
  const ways = (Object.keys(WAYS) as Objective["by"][]).filter((by) => by !== "class" || session.model.classes !== null);
  const turn = (by: Objective["by"]) => {
    const fits = by === "text" || objective.by === by;
    change(fits ? text : write(by === "class" ? firstClass(session) : firstUnit(session)), by);
  };

  return (
    <fieldset class="objective">
      <legend>Objective</legend>
      <div class="segments">
        {ways.map((by) => (
          <label key={by}>
            <input type="radio" name="objective-by" checked={way === by} onChange={() => turn(by)} />
            <span>{WAYS[by]}</span>
          </label>
        ))}
      </div>
      {way === "class" && objective.by === "class" && (
        <ClassFields session={session} objective={objective} change={(next) => change(write(next), way)} />
      )}
      {way === "unit" && objective.by === "unit" && (
        <UnitFields session={session} objective={objective} change={(next) => change(write(next), way)} />
      )}
      {way === "text" && <TextField text={text} change={(next) => change(next, way)} />}
    </fieldset>
  );
}

type Of<By extends Objective["by"]> = Extract<Objective, { by: By }>;

type Fields<By extends Objective["by"]> = {
  session: Session;
  objective: Of<By>;
  change: (objective: Objective) => void;
};

function ClassFields({ session, objective, change }: Fields<"class">) {
  const { labels, model } = session;
  const [typed, type] = useState(objective.name);
  useEffect(() => type(objective.name), [objective.name]);
  const known = isClass(objective.name, labels, model.classes);
  const number = /^\d+$/.test(objective.name) ? labels[Number(objective.name)] : undefined;
  const take = (text: string) => change({ ...objective, name: classOf(text, labels) });

  return (
    <>
      <div class="fields fields-class">
        <label class="field">
          <span>Class, by name or number</span>
          <input
            type="text"
            list="classes"
            value={typed}
            autocomplete="off"
            spellcheck={false}
            aria-describedby="class-note"
            onFocus={(event) => event.currentTarget.select()}
            onInput={(event) => {
              type(event.currentTarget.value);
              if (labels.includes(event.currentTarget.value)) take(event.currentTarget.value);
            }}
            onChange={(event) => event.currentTarget.value.trim() && take(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>Climb the</span>
          <select
            value={objective.kind}
            onChange={(event) => change({ ...objective, kind: event.currentTarget.value as "class" | "posterior" })}
          >
            <option value="class">score</option>
            <option value="posterior">posterior</option>
          </select>
        </label>
      </div>
      <p id="class-note" class="note" hidden={known && !number}>
        {known ? number : "No class of this network has exactly this name."}
      </p>
      <datalist id="classes">
        {labels.map((label, index) => (
          <option key={index} value={label} />
        ))}
      </datalist>
    </>
  );
}

function UnitFields({ session, objective, change }: Fields<"unit">) {
  const row = session.rows.find(({ value }) => value === objective.value);
  const most = row ? row.units - 1 : undefined;
  return (
    <div class="fields fields-unit">
      <label class="field">
        <span>Row</span>
        <select
          value={objective.value}
          onChange={(event) => {
            const value = event.currentTarget.value;
            const units = session.rows.find((other) => other.value === value)?.units ?? 1;
            change({ ...objective, value, unit: Math.min(objective.unit, units - 1) });
          }}
        >
          {!row && <option value={objective.value}>{objective.value}</option>}
          {session.rows.slice(1).map(({ index, value, units }) => (
            <option key={index} value={value}>
              {shortName(value)} ({units})
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Unit{most !== undefined && ` 0–${most}`}</span>
        <input
          type="number"
          min={0}
          max={most}
          value={objective.unit}
          onInput={(event) => {
            const unit = event.currentTarget.valueAsNumber;
            if (Number.isInteger(unit) && unit >= 0) change({ ...objective, unit: Math.min(unit, most ?? unit) });
          }}
        />
      </label>
      <label class="field">
        <span>Where</span>
        <select
          value={objective.kind}
          onChange={(event) => change({ ...objective, kind: event.currentTarget.value as "unit" | "channel" })}
        >
          <option value="unit">in the center</option>
          <option value="channel">everywhere</option>
        </select>
      </label>
    </div>
  );
}

function TextField({ text, change }: { text: string; change: (text: string) => void }) {
  return (
    <>
      <label class="field">
        <span>In the command line’s words</span>
        <input
          type="text"
          class="code"
          value={text}
          autocomplete="off"
          spellcheck={false}
          aria-describedby="text-note"
          onInput={(event) => change(event.currentTarget.value)}
        />
      </label>
      <p id="text-note" class="note">
        <code>class:A - 0.5*class:B</code>, <code>posterior:A</code>, <code>unit:ROW:26@3,4</code>, <code>channel:ROW:26</code>,{" "}
        <code>layer:ROW</code>
      </p>
    </>
  );
}

function firstClass({ labels }: Session): Objective {
  return { by: "class", kind: "class", name: labels.length > 0 ? classOf(labels[0] ?? "0", labels) : "0" };
}

function firstUnit({ rows }: Session): Objective {
  const row = rows[Math.ceil(rows.length / 2)] ?? rows.at(-1);
  return { by: "unit", kind: "channel", value: row?.value ?? "", unit: 0 };
}

/** Where the page begins: the unit that was chosen in another view, else a class. */
export function firstObjective(session: Session, row: string | null, unit: string | null): string {
  const chosen = session.rows.find(({ value }) => value === row);
  if (chosen && chosen.index > 0 && unit !== null && /^\d+$/.test(unit)) {
    const name = session.labels[Number(unit)];
    return write(
      chosen.classes
        ? { by: "class", kind: "class", name: name ? classOf(name, session.labels) : unit }
        : { by: "unit", kind: "channel", value: chosen.value, unit: Number(unit) },
    );
  }
  if (session.model.classes === null) return write(firstUnit(session));
  const shown = session.labels.includes("flamingo") ? "flamingo" : null;
  return write(shown ? { by: "class", kind: "class", name: shown } : firstClass(session));
}
