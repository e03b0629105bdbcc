// JSON and other bodies: pretty, and folded where they are long.

import { html } from "console/preact";

const OPEN = 12; // members of an object or items of a list that are shown unfolded
const LONG = 2000; // characters of a text that are shown unfolded

/**
 * A body of a request or an answer: JSON as a tree that folds, anything else as text.
 * @param {{text: string, label?: string, most?: number}} props
 */
export function Body({ text, label = "body", most = OPEN }) {
  const [value, isJson] = parsed(text);
  if (!isJson) return text.length > LONG ? html`<details><summary>${label}, ${text.length} characters</summary><pre>${text}</pre></details>` : html`<pre>${text}</pre>`;
  return html`<div class="json" role="group" aria-label=${label}><${Node} value=${value} depth=${0} most=${most} /></div>`;
}

/** @param {string} text @returns {[unknown, boolean]} the value, and whether it is an object or a list */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return [value, typeof value === "object" && value !== null];
  } catch {
    return [text, false];
  }
}

/**
 * A value as a tree. `marks` are the paths of what is marked; what holds one of them is unfolded.
 * @param {{name?: string, value: any, depth: number, most?: number, marks?: Set<string>, path?: string}} props
 * @returns {any}
 */
export function Node({ name, value, depth, most = OPEN, marks, path = "" }) {
  const key = name === undefined ? "" : html`<span class="key">${name}: </span>`;
  const marked = marks?.has(path) ? " mark" : "";
  if (typeof value !== "object" || value === null)
    return html`<div class=${`leaf${marked}`}>${key}<span class=${typeof value}>${JSON.stringify(value)}</span></div>`;
  const entries = Object.entries(value);
  const [first, last] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (!entries.length) return html`<div class=${`leaf${marked}`}>${key}${first}${last}</div>`;
  const holds = marks !== undefined && [...marks].some((one) => one.startsWith(`${path}/`));
  return html`<details class=${`node${marked}`} open=${holds || (depth < 3 && entries.length <= most)}>
    <summary>${key}${first} <span class="quiet">${entries.length}</span> ${last}</summary>
    ${entries.map(
      ([one, inner]) => html`<${Node}
        key=${one}
        name=${Array.isArray(value) ? undefined : one}
        value=${inner}
        depth=${depth + 1}
        most=${most}
        marks=${marks}
        path=${`${path}/${one}`}
      />`,
    )}
  </details>`;
}
