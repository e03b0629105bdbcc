// One moment: what came in, what was answered, what changed, and what followed.

import { html, useState } from "console/preact";
import { clockText } from "console/film";
import { Holdings } from "console/gauges";
import { Body, Node } from "console/json";
import { Rules } from "console/rules";

/**
 * @param {{moment: import("console/api").Moment | null, wrong: string | null, address: (entry: any) => string, fork: (n: number) => void,
 *   live: () => void, readOnly: boolean}} props
 */
export function MomentPanel({ moment, wrong, address, fork, live, readOnly }) {
  if (wrong) return html`<section class="moment" aria-label="Moment"><p class="wrong">${wrong}</p></section>`;
  if (!moment)
    return html`<section class="moment" aria-label="Moment">
      <h2>Moment</h2>
      <p>Choose a turn on the film or in the list. The building is then shown as it was.</p>
    </section>`;
  const entry = moment.entry;
  return html`<section class="moment" aria-label="Moment">
    <header>
      <h2>Turn ${entry ? entry.n : 0}</h2>
      <span>${clockText(moment.at)}</span>
      <button onClick=${live}>back to now</button>
      ${!readOnly && entry && html`<button onClick=${() => fork(entry.n)} title="Copy the world as it was here, and go on differently">what if …</button>`}
    </header>
    ${entry && html`<${Entry} entry=${entry} address=${address} />`}
    <${Rules} rules=${moment.rules || []} />
    ${entry && html`<${DeviceThen} entry=${entry} devices=${moment.devices} shown=${moment.shown} />`}
    <${Changes} changes=${moment.changes} />
  </section>`;
}

function Entry({ entry, address }) {
  const [copied, setCopied] = useState(false);
  const curl = entry.kind === "request" ? curlOf(entry, address(entry)) : null;
  return html`
    ${(entry.misses || []).map((text) => html`<p class="miss"><b>near miss</b> ${text}</p>`)}
    ${entry.failed && html`<p class="wrong">the simulator failed: ${entry.failed}</p>`}
    ${entry.kind === "request" &&
    html`<h3>${entry.method} ${entry.target}</h3>
      <${Message} headers=${entry.headers} body=${entry.body} coded=${entry.body_base64} />
      ${curl &&
      html`<details>
        <summary>as curl</summary>
        <pre>${curl}</pre>
        <button
          onClick=${async () => {
            await navigator.clipboard.writeText(curl);
            setCopied(true);
          }}
        >
          ${copied ? "copied" : "copy"}
        </button>
      </details>`}`}
    ${entry.kind === "act" && html`<h3>${entry.action} on ${entry.device || entry.vendor}</h3><pre>${pretty(entry.args)}</pre>`}
    ${entry.kind === "control" && html`<h3>${entry.op}</h3><pre>${pretty(entry.args)}</pre>`}
    ${entry.kind === "outcome" && html`<h3>delivery attempt ${entry.attempt}: ${entry.status ?? entry.error}</h3>`}
    ${entry.kind === "tick" && html`<h3>${entry.timer ? timerName(entry) : "time passes"}</h3>${entry.event && html`<pre>${pretty(entry.args)}</pre>`}`}
    ${entry.planned && html`<p class="quiet">Scheduled command ${entry.planned}: it was set earlier, with “after”.</p>`}
    ${entry.result && html`<h3>result</h3><div class="json"><${Node} value=${entry.result} depth=${0} /></div>`}
    ${entry.refused && html`<p class="wrong">${entry.refused.status}: ${entry.refused.error}</p>`}
    ${entry.answer &&
    html`<h3>answer ${entry.answer.status}</h3>
      <${Message} headers=${entry.answer.headers} body=${entry.answer.body} coded=${entry.answer.body_base64} />`}
    ${entry.ticket && !entry.answer && html`<p>The request waits as number ${entry.ticket}.</p>`}
    ${(entry.resolved || []).map(
      ({ ticket, answer }) =>
        html`<h3>answered waiting request ${ticket}: ${answer.status}</h3>
          <${Message} headers=${answer.headers} body=${answer.body} coded=${answer.body_base64} />`,
    )}
    ${(entry.sent || []).length > 0 && html`<p>It sent ${entry.sent.length === 1 ? "delivery" : "deliveries"} ${entry.sent.join(", ")}.</p>`}
    ${(entry.struck || []).length > 0 && html`<p>The injected fault ${entry.struck.join(", ")} took effect.</p>`}
  `;
}

/** The name of the timer that fired. */
function timerName(entry) {
  if (!entry.event) return `timer ${entry.timer}`;
  const device = entry.args?.device ?? entry.args?.lock ?? entry.args?.bridge;
  return `timer ${entry.timer}: ${entry.event.replaceAll("_", " ")}${device === undefined ? "" : ` of ${device}`}`;
}

/** The device that was acted on, as it was right after: what it showed, and what it held. */
function DeviceThen({ entry, devices, shown }) {
  const id = entry.device ?? entry.args?.device;
  const device = (devices[entry.vendor] || []).find((one) => one.id === String(id));
  if (!device) return "";
  const lines = shown?.[entry.vendor]?.holdings[device.id] || [];
  const clock = device.state.clock;
  return html`<h3>the device right after</h3>
    ${clock && html`<p class="clock">Its clock showed <b>${clockText(String(clock))}</b>. The world's time was <b>${clockText(entry.at)}</b> in UTC.</p>`}
    ${lines.length > 0 && html`<${Holdings} lines=${lines} />`}
    <div class="json"><${Node} value=${device.state} depth=${2} name="what it shows" /></div>`;
}

function Message({ headers, body, coded }) {
  return html`<details>
      <summary>${headers.length} headers</summary>
      <pre>${headers.map(([name, value]) => `${name}: ${value}`).join("\n")}</pre>
    </details>
    ${body ? html`<${Body} text=${body} />` : coded ? html`<pre>${coded} (base64)</pre>` : ""}`;
}

function Changes({ changes }) {
  if (!changes.length) return html`<p class="quiet">It changed nothing of the vendors' states.</p>`;
  return html`<h3>what it changed</h3>
    <table class="changes">
      <thead>
        <tr><th scope="col">where</th><th scope="col">before</th><th scope="col">after</th></tr>
      </thead>
      <tbody>
        ${changes.map(
          (one) =>
            html`<tr>
              <td>${one.vendor}: ${one.path}</td>
              <td>${"was" in one ? short(one.was) : "–"}</td>
              <td>${"now" in one ? short(one.now) : "–"}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function short(value) {
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function pretty(value) {
  return JSON.stringify(value, null, 2);
}

function curlOf(entry, base) {
  const quote = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;
  const skipped = new Set(["host", "content-length", "connection", "accept-encoding", "user-agent", "accept"]);
  const headers = entry.headers.filter(([name]) => !skipped.has(name.toLowerCase())).map(([name, value]) => ` -H ${quote(`${name}: ${value}`)}`);
  const body = entry.body ? ` --data-raw ${quote(entry.body)}` : "";
  return `curl -i -X ${entry.method}${headers.join("")}${body} ${quote(base + entry.target)}`;
}
