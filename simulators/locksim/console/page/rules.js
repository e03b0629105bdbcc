// The rules that a turn is about, with their evidence.

import { html } from "console/preact";

/** @param {{rules: import("console/api").Rule[], title?: string}} props */
export function Rules({ rules, title = "why: the rules" }) {
  const sure = rules.filter((one) => one.about === "answer");
  const likely = rules.filter((one) => one.about !== "answer");
  if (!rules.length) return "";
  return html`${sure.length > 0 && html`<h3>${title}</h3><${List} rules=${sure} />`}
    ${likely.length > 0 &&
    html`<details>
      <summary>${likely.length} rules about this operation</summary>
      <p class="quiet">Rows that name the operation, or its chapter. Not all of them decided this answer.</p>
      <${List} rules=${likely} />
    </details>`}`;
}

/** @param {{rules: import("console/api").Rule[]}} props */
function List({ rules }) {
  return html`<dl class="rules">
    ${rules.map(
      (one) => html`<dt>${one.id}</dt>
        <dd>${one.sentence} <span class=${`evidence ${one.evidence}`}>${one.evidence}: ${one.place}</span></dd>`,
    )}
  </dl>`;
}
