// What the client did and believed, next to what the doors were: the steps of a story.

import { html } from "console/preact";
import { clockText } from "console/film";

/**
 * @param {{notes: {n: number, at: string, text: string, result?: string, wrong?: boolean}[], head: number | null, select: (n: number) => void}} props
 */
export function ClientPanel({ notes, head, select }) {
  return html`<h3>What the client did and believed</h3>
    <p class="quiet">Choose a step: the building is then shown as it really was.</p>
    <table class="steps">
      <thead>
        <tr><th scope="col">when</th><th scope="col">the client</th><th scope="col">got</th></tr>
      </thead>
      <tbody>
        ${notes.map(
          (note) => html`<tr class=${note.wrong ? "differs" : ""}>
            <td>${clockText(note.at).slice(11)}</td>
            <td><button aria-pressed=${note.n === head} onClick=${() => select(note.n)}>${note.text}</button></td>
            <td class=${note.wrong ? "bad" : ""}>${note.result || ""}</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
}
