/** What an objective asks for, where the form can show it; any other text is left to the command line's grammar. */
export type Objective =
  | { by: "class"; kind: "class" | "posterior"; name: string }
  | { by: "unit"; kind: "unit" | "channel"; value: string; unit: number }
  | { by: "text"; text: string };

/** Reads an objective of one plain term; everything else is text. */
export function read(text: string): Objective {
  const other: Objective = { by: "text", text };
  if (/ [+-] /.test(text)) return other;
  const of = /^(class|posterior|unit|channel):(.+)$/.exec(text.trim());
  const [kind, body] = [of?.[1], of?.[2]?.trim() ?? ""];
  if (kind === "class" || kind === "posterior") return { by: "class", kind, name: unquoted(body) };
  if (kind !== "unit" && kind !== "channel") return other;
  const parts = /^("[^"]+"|.+):\s*(\d+)$/.exec(body);
  if (!parts?.[1]) return other;
  return { by: "unit", kind, value: unquoted(parts[1].trim()), unit: Number(parts[2]) };
}

/** The text form, with quotes where the grammar would cut a name. */
export function write(objective: Objective): string {
  switch (objective.by) {
    case "class":
      return `${objective.kind}:${quoted(objective.name, / [+-] |^\s|\s$/)}`;
    case "unit":
      return `${objective.kind}:${quoted(objective.value, /[\s:@]| [+-] /)}:${objective.unit}`;
    case "text":
      return objective.text;
  }
}

/** The class that a typed name or number means: names that several classes share are told apart by their number. */
export function classOf(typed: string, labels: string[]): string {
  const name = typed.trim();
  const exact = labels.indexOf(name);
  if (exact >= 0) return labels.indexOf(name, exact + 1) < 0 ? name : String(exact);
  const lower = name.toLowerCase();
  return labels.find((label) => label.toLowerCase() === lower) ?? name;
}

/** Whether a typed class is one of the model's. */
export function isClass(typed: string, labels: string[], classes: number | null): boolean {
  if (/^\d+$/.test(typed)) return classes === null || Number(typed) < classes;
  return labels.length === 0 || labels.includes(typed) || labels.some((label) => label.split(/,\s*/).includes(typed));
}

function unquoted(text: string): string {
  return /^".*"$/.test(text) ? text.slice(1, -1) : text;
}

function quoted(name: string, cut: RegExp): string {
  return cut.test(name) && !name.includes('"') ? `"${name}"` : name;
}
