// A report of lockpact: its rows, filtered by verdict, and the evidence for each.

import { html, render, useState } from "console/preact";
import { Body, Node } from "console/json";
import { Rules } from "console/rules";

/**
 * @typedef {{request: string, answer: string, at: string, sent: string, status: string, other: string | null, other_status: string, differs: boolean}} Exchange
 * @typedef {{id: string, word: string, tone: string, sentence: string, count: number | null, why: string, story: string, group: string, evidence: string,
 *   steps: {text: string, result: string, wrong: boolean}[], exchanges: Exchange[], rules: import("console/api").Rule[]}} Row
 * @typedef {{title: string, heading: string, counted: string, about: string, summary: string, code: number, notes: string[], rows: Row[],
 *   facts: Record<string, string>, marks: Record<string, string>}} Report
 */

const data = /** @type {Report} */ (JSON.parse(document.getElementById("story")?.textContent || "null"));

function App() {
  const words = [...new Set(data.rows.map((row) => row.word))];
  const [word, setWord] = useState("");
  const [text, setText] = useState("");
  const wanted = text.toLowerCase();
  const rows = data.rows.filter(
    (row) => (!word || row.word === word) && (!wanted || `${row.id} ${row.sentence} ${row.why} ${row.story}`.toLowerCase().includes(wanted)),
  );
  const toneOf = (one) => data.rows.find((row) => row.word === one)?.tone || "";
  return html`<main class="report">
    <header>
      <h1>${data.title}</h1>
      <p class=${data.code === 0 ? "good" : data.code === 1 ? "bad" : "warn"}><b>${data.summary}</b></p>
      ${data.about && html`<p class="quiet">${data.about}</p>`}
      <dl>${Object.entries(data.facts).filter(([, value]) => value && value !== "None").map(([key, value]) => html`<dt>${key}</dt><dd>${value}</dd>`)}</dl>
    </header>
    <div class="filters" role="search" aria-label="Filter">
      <div role="group" aria-label="Verdict">
        <button aria-pressed=${word === ""} onClick=${() => setWord("")}>all ${data.rows.length}</button>
        ${words.map(
          (one) => html` <button aria-pressed=${word === one} class=${toneOf(one)} onClick=${() => setWord(word === one ? "" : one)}>
              ${data.marks[toneOf(one)]} ${one} ${data.rows.filter((row) => row.word === one).length}
            </button>`,
        )}
      </div>
      <label>text <input type="search" value=${text} onInput=${(event) => setText(event.target.value)} /></label>
      <span class="quiet">${rows.length} of ${data.rows.length}</span>
    </div>
    ${rows.map((row, i) => html`
      ${row.group && row.group !== rows[i - 1]?.group && html`<h2 class="cause">${row.group}</h2>`}
      <${Verdict} key=${row.id} row=${row} grouped=${Boolean(row.group)} like=${sameAnswers(row, rows[i - 1])} />`)}
    ${!rows.length && html`<p class="quiet">No row fits.</p>`}
    ${data.notes.map((note) => html`<p class="note">${note}</p>`)}
  </main>`;
}

/** The id of the row before, if it has the same answers. @param {Row} row @param {Row | undefined} before */
function sameAnswers(row, before) {
  return before && row.group && row.group === before.group && JSON.stringify(row.exchanges) === JSON.stringify(before.exchanges) ? before.id : "";
}

/** @param {{row: Row, grouped: boolean, like: string}} props */
function Verdict({ row, grouped, like }) {
  const more = row.story || row.evidence || row.rules.length || row.exchanges.length;
  const face = html`<span class="id">${row.id}</span>
    <span class=${`word ${row.tone}`}>${data.marks[row.tone]} ${row.word}</span>
    <span class="sentence">${row.sentence}${row.why && html`<span class="why">${row.why}</span>`}</span>
    <span class="n">${row.count ? `${row.count} ${row.count === 1 ? data.counted.replace(/s$/, "") : data.counted}` : ""}</span>`;
  if (!more) return html`<div class=${`verdict ${grouped ? "grouped" : ""}`} id=${row.id}><div class="face">${face}</div></div>`;
  const sides = row.exchanges.some((one) => one.other !== null);
  return html`<details class=${`verdict ${grouped ? "grouped" : ""}`} id=${row.id} open=${row.tone === "bad" && data.rows.length < 40}>
    <summary class="face">${face}</summary>
    <div class="inside">
      ${row.evidence && html`<p class="source"><b>The vendor's document</b> ${row.evidence}</p>`}
      <${Rules} rules=${row.rules} title="rules of the simulator" />
      ${row.steps.length > 0 && html`<${Steps} steps=${row.steps} />`}
      ${like
        ? html`<p class="quiet">It is in the same answers as ${like}.</p>`
        : row.exchanges.length > 0 && (sides ? html`<${Sides} exchanges=${row.exchanges} />` : html`<${Traffic} exchanges=${row.exchanges} />`)}
      ${row.story && html`<details><summary>the story as text</summary><pre class="story">${row.story}</pre></details>`}
    </div>
  </details>`;
}

/** @param {{steps: Row["steps"]}} props */
function Steps({ steps }) {
  return html`<h3>what the client did and got</h3>
    <ol class="client">
      ${steps.map((one) => html`<li class=${one.wrong ? "differs" : ""}><code>${one.text}</code>${one.result && html` <span class=${one.wrong ? "bad" : "quiet"}>→ ${one.result}</span>`}</li>`)}
    </ol>`;
}

/** @param {{exchanges: Exchange[]}} props */
function Traffic({ exchanges }) {
  return html`<h3>${exchanges.length} exchange${exchanges.length === 1 ? "" : "s"}</h3>
    ${exchanges.map(
      (one) => html`<details class="exchange">
        <summary><span class="quiet">${one.at}</span> <code>${one.request}</code> <b>${one.status}</b></summary>
        ${one.sent && html`<${Body} text=${one.sent} label="sent" />`}
        ${one.answer && html`<${Body} text=${one.answer} label="answer" />`}
      </details>`,
    )}`;
}

/** Two servers' answers side by side. @param {{exchanges: Exchange[]}} props */
function Sides({ exchanges }) {
  return html`<h3>the steps, at both servers</h3>
    <ol class="client">
      ${exchanges.map(
        (one) => html`<li>
          <code>${one.request}</code>
          ${one.differs
            ? html`<${Pair} one=${one} />`
            : html`<details><summary>the same: ${one.status}</summary><${Body} text=${one.answer} label="answer" /></details>`}
        </li>`,
      )}
    </ol>`;
}

/** @param {{one: Exchange}} props */
function Pair({ one }) {
  const [left, right] = [value(one.answer), value(one.other ?? "")];
  const marks = /** @type {Set<string>} */ (new Set());
  differing(left, right, "", marks);
  const side = (title, status, otherStatus, shown) => html`<div>
    <h4>${title} <b class=${status === otherStatus ? "" : "mark"}>${status}</b></h4>
    <div class="json"><${Node} value=${shown} depth=${0} marks=${marks} path="" most=${30} /></div>
  </div>`;
  return html`<div class="pair">${side("baseline", one.status, one.other_status, left)}${side("candidate", one.other_status, one.status, right)}</div>`;
}

/** @param {string} text @returns {any} */
function value(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Collect the paths where two values differ. @param {any} a @param {any} b @param {string} path @param {Set<string>} marks */
function differing(a, b, path, marks) {
  const both = a !== null && b !== null && typeof a === "object" && typeof b === "object" && Array.isArray(a) === Array.isArray(b);
  if (!both) {
    if (JSON.stringify(a) !== JSON.stringify(b)) marks.add(path);
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (!(key in a) || !(key in b)) marks.add(`${path}/${key}`);
    else differing(a[key], b[key], `${path}/${key}`, marks);
  }
}

if (data) {
  const page = /** @type {HTMLElement} */ (document.getElementById("page"));
  page.textContent = "";
  render(html`<${App} />`, page);
  const open = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (open) {
    if (open instanceof HTMLDetailsElement) open.open = true;
    open.scrollIntoView();
  }
}
