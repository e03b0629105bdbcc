// What runs out, by use or by time; and what each device holds.

import { html } from "console/preact";

const WORDS = { held: "has", arriving: "not there yet", leaving: "still there", reporting: "not reported yet", failed: "failed" };

/**
 * A bar that runs out.
 * @param {{gauge: import("console/api").Gauge, now: number}} props
 */
export function GaugeBar({ gauge, now }) {
  const used = gauge.total != null;
  const ends = gauge.ends ? Date.parse(gauge.ends) : null;
  const begins = gauge.begins ? Date.parse(gauge.begins) : null;
  const left = ends === null ? null : Math.max(0, ends - now);
  const share = used
    ? Math.max(0, 1 - (gauge.used ?? 0) / Math.max(1, gauge.total ?? 1))
    : ends !== null && begins !== null
      ? Math.max(0, Math.min(1, (left ?? 0) / Math.max(1, ends - begins)))
      : 1;
  const amount = used ? `${Math.max(0, (gauge.total ?? 0) - (gauge.used ?? 0))} of ${gauge.total} left` : "";
  const rest = left === null ? "" : left > 0 ? `${used ? "new in " : ""}${length(left)}` : "over";
  const text = [amount, rest].filter(Boolean).join(", ");
  return html`<div class="gauge">
    <div class="line"><span>${gauge.title}</span> <b class=${share <= 0.15 ? "bad" : ""}>${text}</b></div>
    <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label=${`${gauge.title}: ${text}`}>
      <rect x="0" y="0" width="100" height="6" class="whole" />
      <rect x="0" y="0" width=${share * 100} height="6" class=${share <= 0.15 ? "rest low" : "rest"} />
    </svg>
    <p class="quiet">${gauge.then}</p>
  </div>`;
}

/** A length of time as people say it. @param {number} ms */
export function length(ms) {
  const s = Math.ceil(ms / 1000);
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} days`;
}

const MOST = 40;

/** What a device holds; first what is not in step. @param {{lines: import("console/api").Holding[]}} props */
export function Holdings({ lines }) {
  const ordered = [...lines].sort((a, b) => Number(a.state === "held") - Number(b.state === "held"));
  return html`<ul class="holdings" aria-label="What it holds">
    ${ordered.slice(0, MOST).map(
      (one) => html`<li class=${one.state}><b>${WORDS[one.state]}</b> ${one.what}${one.detail ? html` <span class="quiet">${one.detail}</span>` : ""}</li>`,
    )}
    ${ordered.length > MOST && html`<li class="quiet">and ${ordered.length - MOST} more</li>`}
  </ul>`;
}
