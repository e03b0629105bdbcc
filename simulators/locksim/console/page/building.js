// The building: every device as a picture with its state, and its actions as forms.

import { html, useState } from "console/preact";
import { ActionForm } from "console/forms";
import { GaugeBar, Holdings } from "console/gauges";
import { Picture, viewOf } from "console/views";

const SHOWN = 60;

/**
 * @param {{vendors: Record<string, import("console/api").VendorView>, act: Function, filter: string, now: number, readOnly: boolean}} props
 */
export function Building({ vendors, act, filter, now, readOnly }) {
  const names = Object.keys(vendors).filter((name) => !filter || name === filter);
  return html`<section class="building" aria-label="Building">
    ${names.map((name) => html`<${Vendor} key=${name} name=${name} ...${vendors[name]} act=${act} now=${now} readOnly=${readOnly} />`)}
    ${!names.length && html`<p>There are no devices in this world.</p>`}
  </section>`;
}

/** @param {import("console/api").VendorView & {name: string, act: Function, now: number, readOnly: boolean}} props */
function Vendor({ name, title = name, devices, forms, shown, act, now, readOnly }) {
  const [search, setSearch] = useState("");
  const [most, setMost] = useState(SHOWN);
  const wanted = search.toLowerCase();
  const gauges = shown?.gauges || [];
  const found = devices.filter((one) => !wanted || JSON.stringify([one.id, one.kind, one.state]).toLowerCase().includes(wanted));
  return html`<section class="vendor" aria-label=${title}>
    <header>
      <h2>${title}</h2>
      <span>${devices.length} device${devices.length === 1 ? "" : "s"}</span>
      ${devices.length > 8 &&
      html`<input type="search" aria-label=${`Search ${title}`} placeholder="search" onInput=${(e) => setSearch(e.target.value)} />`}
    </header>
    ${gauges.some((one) => !one.device) &&
    html`<div class="gauges">${gauges.filter((one) => !one.device).map((one) => html`<${GaugeBar} key=${one.title} gauge=${one} now=${now} />`)}</div>`}
    <ul class="devices">
      ${found.slice(0, most).map(
        (one) => html`<${DeviceCard} key=${one.id} vendor=${name} device=${one} forms=${forms} act=${act} readOnly=${readOnly} now=${now}
          gauges=${gauges.filter((gauge) => gauge.device === one.id)} lines=${shown?.holdings[one.id] || []} />`,
      )}
    </ul>
    ${found.length > most &&
    html`<button onClick=${() => setMost(most + SHOWN)}>show ${Math.min(SHOWN, found.length - most)} more of ${found.length}</button>`}
    ${forms &&
    !readOnly &&
    html`<details class="support">
      <summary>the owner and the vendor's staff</summary>
      ${forms.support.map(
        (form) => html`<${ActionForm} key=${form.name} form=${form} run=${(args) => act(name, null, form.name, args)} />`,
      )}
    </details>`}
  </section>`;
}

/** @param {{vendor: string, device: import("console/api").Device, forms?: import("console/api").Forms | null, act: Function, readOnly: boolean, now: number,
 *   gauges: import("console/api").Gauge[], lines: import("console/api").Holding[]}} props */
function DeviceCard({ vendor, device, forms, act, readOnly, now, gauges, lines }) {
  const view = viewOf(vendor, device);
  const own = (forms?.devices[device.kind] || []).filter((form) => device.actions.includes(form.name));
  return html`<li class="device" data-device=${device.id}>
    <div class="face">
      <${Picture} view=${view} kind=${device.kind} led=${device.state.led === true} />
      <div>
        <h3>${view.name}</h3>
        <p class="state">
          ${view.bolt && html`<b class=${view.bolt === "locked" ? "shut" : "free"}>${view.bolt}</b>`}
          ${view.online === false && html` <b class="off">offline</b>`}
          ${view.battery !== null && html` <span class=${view.low ? "low" : ""}>battery ${Math.round(view.battery * 100)} %</span>`}
        </p>
        ${view.notes.map((text) => html`<p class="note">${text}</p>`)}
      </div>
    </div>
    ${gauges.map((one, i) => html`<${GaugeBar} key=${one.title + i} gauge=${one} now=${now} />`)}
    ${lines.length > 0 &&
    html`<details class="held">
      <summary>holds ${lines.filter((one) => one.state === "held").length}${waits(lines)}</summary>
      <${Holdings} lines=${lines} />
    </details>`}
    <details class="more">
      <summary>${device.kind.replaceAll("_", " ")} <code>${device.id}</code></summary>
      ${!readOnly && own.map((form) => html`<${ActionForm} key=${form.name} form=${form} run=${(args) => act(vendor, device.id, form.name, args)} />`)}
      <dl>
        ${Object.entries(device.state).map(([key, value]) => html`<dt>${key}</dt><dd>${plain(value)}</dd>`)}
      </dl>
    </details>
  </li>`;
}

/** How many things are on their way. @param {import("console/api").Holding[]} lines */
function waits(lines) {
  const number = lines.filter((one) => one.state !== "held").length;
  return number ? html`, <b class="warn">${number} not in step</b>` : "";
}

/** @param {unknown} value */
function plain(value) {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
