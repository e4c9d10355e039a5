import "./choice.css";

type Props<T extends string> = {
  label: string;
  value: T;
  options: readonly { value: T; text: string; about?: string }[];
  onChange: (value: T) => void;
  /** Without: the label is for screen readers and as a tooltip only. */
  labelled?: boolean;
  disabled?: boolean;
};

/** One of a few, as a native select with its label. */
export function Choice<T extends string>({ label, value, options, onChange, labelled, disabled }: Props<T>) {
  return (
    <label class="choice" title={label}>
      <span class={labelled ? "choice-label" : "spoken"}>{label}</span>
      <select value={value} disabled={disabled} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {options.map(({ value: option, text, about }) => (
          <option key={option} value={option} title={about}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
