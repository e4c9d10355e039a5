import { shortName } from "../../api/session";

/** An operator of the exporter's naming, as the last part of a value's name. */
const OPERATOR = /^(Relu|Conv|Gemm|MatMul|Add|Mul|Clip|Sigmoid|HardSwish|HardSigmoid|Gelu|Erf|LeakyRelu|PRelu|BatchNormalization)(_\d+)?$/;

/** Short names for the margin, different for each row: `layer1/layer1.0/conv3/Conv` becomes `layer1.0/conv3`. */
export function marginNames(values: string[]): string[] {
  const full = withoutStem(values.map((value) => folded(shortName(value))));
  const bare = full.map(withoutOperator);
  const count = new Map<string, number>();
  for (const name of bare) count.set(name, (count.get(name) ?? 0) + 1);
  return full.map((name, i) => (count.get(bare[i]!) === 1 ? bare[i]! : name));
}

/** Leaves out the first part where nearly all rows have the same. */
function withoutStem(names: string[]): string[] {
  const stem = `${names[Math.floor(names.length / 2)]!.split("/")[0]}/`;
  const shared = names.filter((name) => name.startsWith(stem)).length;
  if (shared < names.length * 0.8) return names;
  const cut = names.map((name) => (name.startsWith(stem) ? name.slice(stem.length) : name));
  return new Set(cut).size === new Set(names).size ? cut : names;
}

/** Leaves out a part that the next one repeats. */
function folded(name: string): string {
  const parts = name.split("/");
  return parts.filter((part, i) => !parts[i + 1]?.startsWith(`${part}.`)).join("/");
}

function withoutOperator(name: string): string {
  const parts = name.split("/");
  return parts.length > 1 && OPERATOR.test(parts[parts.length - 1]!) ? parts.slice(0, -1).join("/") : name;
}
