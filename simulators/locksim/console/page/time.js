// The world's clock: what time it is, how it passes, and what is due next.

import { html, useEffect, useState } from "console/preact";
import { clockText } from "console/film";
import { Choice } from "console/forms";

/**
 * The present time of a world, in milliseconds; of a world whose time passes, kept up between two events.
 * @param {import("console/api").Clock | null} clock
 */
export function useNow(clock) {
  const [seen, setSeen] = useState({ at: 0, real: 0 });
  const [, again] = useState(0);
  useEffect(() => {
    if (clock) setSeen({ at: Date.parse(clock.now), real: performance.now() });
  }, [clock]);
  useEffect(() => {
    if (!clock || !clock.rate) return undefined;
    const timer = window.setInterval(() => again((n) => n + 1), 500);
    return () => window.clearInterval(timer);
  }, [clock?.rate]);
  return clock && clock.rate && seen.at ? seen.at + (performance.now() - seen.real) * clock.rate : seen.at;
}

/**
 * @param {{clock: import("console/api").Clock | null, now: number, due: import("console/api").Due[], control: Function}} props
 */
export function TimePanel({ clock, now, due, control }) {
  const [seconds, setSeconds] = useState("30");
  const [wrong, setWrong] = useState("");
  if (!clock) return html`<section class="time" aria-label="Time"><p>…</p></section>`;
  const run = (method, path, body) => async () => {
    try {
      await control(method, path, body);
      setWrong("");
    } catch (error) {
      setWrong(String(error.message || error));
    }
  };
  const next = due[0];
  return html`<section class="time" aria-label="Time">
    <time>${now ? clockText(new Date(now).toISOString()).slice(0, 19) : ""}</time>
    <${Choice}
      label="mode"
      value=${clock.mode}
      options=${[...new Set(["manual", "auto", "real", "x60", clock.mode])].map((mode) => [mode, mode])}
      change=${(mode) => run("PUT", "clock", { mode })()}
    />
    ${[["1 s", 1], ["30 s", 30], ["1 min", 60], ["1 h", 3600], ["1 day", 86400]].map(
      ([label, by]) => html`<button onClick=${run("POST", "clock/advance", { seconds: by })}>+ ${label}</button>`,
    )}
    <form
      onSubmit=${(event) => {
        event.preventDefault();
        run("POST", "clock/advance", { seconds: Number(seconds) })();
      }}
    >
      <input value=${seconds} size="4" inputmode="decimal" aria-label="seconds" onInput=${(event) => setSeconds(event.target.value)} />
      <button>+ s</button>
    </form>
    <button disabled=${!next} onClick=${next && run("POST", "clock/advance", { until: next.at })} title=${next ? `${next.vendor} ${next.what}` : "nothing happens by itself"}>to what is due next</button>
    <span class=${clock.waiting > 0 ? "waits" : "waits quiet"}>${clock.waiting} waiting</span>
    ${wrong && html`<output class="wrong">${wrong}</output>`}
  </section>`;
}

/** @param {{due: import("console/api").Due[], now: number}} props */
export function DuePanel({ due, now }) {
  return html`<h3>Due next</h3>
    ${!due.length && html`<p class="quiet">Nothing happens by itself.</p>`}
    <ol class="due">
      ${due.slice(0, 50).map(
        (one) =>
          html`<li><span class="at">${inWords(Date.parse(one.at) - now)}</span> ${one.vendor} ${one.what.replaceAll("_", " ")} <span class="quiet">${one.kind}</span></li>`,
      )}
    </ol>`;
}

function inWords(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 120) return `in ${s} s`;
  if (s < 7200) return `in ${Math.round(s / 60)} min`;
  if (s < 172800) return `in ${Math.round(s / 3600)} h`;
  return `in ${Math.round(s / 86400)} days`;
}
