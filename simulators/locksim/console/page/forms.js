// A form for an action, made from the JSON schema of its arguments.

import { html, useState } from "console/preact";

/**
 * A choice of texts. `options` are pairs: value, what is shown.
 * @param {{label: string, value: string, options: [string, string][], change: (value: string) => void}} props
 */
export function Choice({ label, value, options, change }) {
  return html`<label
    >${label}
    <select onChange=${(event) => change(event.target.value)}>
      ${options.map(([one, shown]) => html`<option key=${one} value=${one} selected=${one === value}>${shown}</option>`)}
    </select></label
  >`;
}

/**
 * @param {{form: {name: string, title: string, arguments: any}, run: (args: Record<string, any>) => Promise<unknown>, label?: string,
 *   given?: Record<string, any>}} props
 */
export function ActionForm({ form, run, label }) {
  const members = Object.entries(form.arguments.properties || {});
  const [values, setValues] = useState({});
  const [said, setSaid] = useState(/** @type {{text: string, wrong: boolean} | null} */ (null));
  const submit = async (event) => {
    event.preventDefault();
    try {
      const args = {};
      for (const [name, schema] of members) {
        const value = read(schema, values[name]);
        if (value !== undefined) args[name] = value;
      }
      const result = await run(args);
      setSaid({ text: JSON.stringify(result), wrong: false });
    } catch (error) {
      setSaid({ text: String(error.message || error), wrong: true });
    }
  };
  return html`<form class="action" onSubmit=${submit}>
    <button type="submit" title=${form.title}>${label || form.name.replaceAll("_", " ")}</button>
    ${members.map(
      ([name, schema]) =>
        html`<label
          ><span>${name}</span>${input(schema, values[name] ?? "", (value) => setValues({ ...values, [name]: value }))}</label
        >`,
    )}
    ${said && html`<output class=${said.wrong ? "wrong" : ""}>${said.text}</output>`}
  </form>`;
}

function input(schema, value, set) {
  const choices = choicesOf(schema);
  const change = (event) => set(event.target.value);
  if (choices)
    return html`<select onChange=${change}>
      <option value="">–</option>
      ${choices.map((one) => html`<option value=${JSON.stringify(one)} selected=${value === JSON.stringify(one)}>${String(one)}</option>`)}
    </select>`;
  const preset = schema.default === undefined || schema.default === null ? "" : String(schema.default);
  return html`<input value=${value} placeholder=${preset} size=${Math.max(6, preset.length)} onInput=${change} />`;
}

function choicesOf(schema) {
  if (schema.enum) return schema.enum;
  const parts = schema.anyOf || [schema];
  const found = parts.flatMap((part) => part.enum || (part.type === "boolean" ? [true, false] : []));
  return found.length && parts.every((part) => part.enum || part.type === "boolean" || part.type === "null") ? found : null;
}

/** Return the typed value of a field; undefined: left to its default. */
function read(schema, text) {
  if (text === undefined || text === "") return undefined;
  if (choicesOf(schema)) return JSON.parse(text);
  const types = (schema.anyOf || [schema]).map((part) => part.type);
  if (types.includes("string") && !types.includes("object") && !types.includes("array")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
