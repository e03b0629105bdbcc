// How a device of each vendor is drawn: the same few features, read from what the device shows.

import { html } from "console/preact";

/**
 * @typedef {{name: string, bolt: string | null, battery: number | null, low: boolean, online: boolean | null, notes: string[]}} View
 */

const LEVELS = { full: 1, low: 0.25, critical: 0.1, weak: 0.15, flat: 0, dead: 0 };

/**
 * Return the features of a device.
 * @param {string} vendor
 * @param {import("console/api").Device} device
 * @returns {View}
 */
export function viewOf(vendor, { kind, id, state }) {
  const notes = [];
  const note = (shown, text) => shown && notes.push(text);
  note(state.jammed, "jammed");
  note(state.stuck, "stuck");
  note(state.busy, "moving");
  note(state.awake, "awake");
  note(state.untold, `${state.untold} events not sent yet`);
  note(state.unheard, `${state.unheard} events not read yet`);
  note(state.held, `${state.held} events held back`);
  note(state.orders && state.orders.length, `waits for: ${(state.orders || []).join(", ")}`);
  note(state.windows, `${state.windows} authorization window${state.windows === 1 ? "" : "s"} open`);
  note(state.drift, `clock ${state.drift} s off`);
  note(state.known && state.known.stateName !== state.stateName, state.known && `bridge believes: ${state.known.stateName}`);
  note(state.open === true, "open");
  note(state.enabled === false, "disabled");
  note(kind === "power_plug", state.on ? "on" : "off");
  note(kind === "thermostat", `${state.temperature}° · ${state.humidity} %`);
  note(state.owner, state.owner);
  note(kind === "k3lock", state.gateway ? "behind a gateway" : "no gateway: phones carry its events");
  return {
    name: state.name || state.serial || state.owner || id,
    bolt: boltOf(state),
    ...batteryOf(vendor, state),
    online: onlineOf(state),
    notes,
  };
}

function boltOf(state) {
  if (typeof state.stateName === "string") return state.stateName;
  if (typeof state.bolt === "string") return state.bolt;
  if (typeof state.unlocked === "boolean") return state.unlocked ? "unlocked" : "locked";
  return null;
}

function batteryOf(vendor, state) {
  let level = state.battery ?? state.internal_battery ?? null;
  if (level && typeof level === "object") level = level.level ?? level.percent ?? null;
  let low = Boolean(state.batteryCritical);
  if (typeof level === "string") level = level in LEVELS ? LEVELS[level] : null;
  else if (typeof level === "number" && level > 100) level = Math.max(0, Math.min(1, (level - 2000) / 1000));
  else if (typeof level === "number" && (vendor === "remotelock" || level > 1)) level /= 100;
  if (level !== null && level <= 0.25) low = true;
  return { battery: level, low };
}

function onlineOf(state) {
  for (const key of ["online", "reachable", "up"]) if (typeof state[key] === "boolean") return state[key];
  return null;
}

const KEYS = [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => [25 + 7 * column, 20 + 8 * row]));

/** Draw a device without a bolt of its own. @param {string} kind @param {boolean | undefined} led @returns {any} */
function shapeOf(kind, led) {
  if (kind === "kitlock" || kind === "k3lock")
    return html`<rect x="18" y="10" width="28" height="38" rx="5" class="case" />${KEYS.map(([x, y]) => html`<circle cx=${x} cy=${y} r="2.2" class="knob" />`)}`;
  if (kind === "phone") return html`<rect x="21" y="8" width="22" height="42" rx="4" class="case" /><rect x="24" y="13" width="16" height="28" class="screen" />`;
  if (kind === "fob") return html`<circle cx="32" cy="28" r="15" class="case" /><circle cx="32" cy="28" r="4" class="knob" />`;
  return html`<rect x="14" y="14" width="36" height="36" rx="8" class="case" /><circle cx="32" cy="32" r="7" class=${led ? "led on" : "led"} />`;
}

/** Draw a device.
 * @param {{view: View, kind: string, led?: boolean}} props */
export function Picture({ view, kind, led }) {
  const bolt = view.bolt;
  const shut = bolt === "locked";
  const open = bolt !== null && !shut && bolt !== "locking" && bolt !== "unlocking";
  const label = `${kind.replace("_", " ")} ${view.name}${bolt ? `: ${bolt}` : ""}`;
  return html`<svg class="picture" viewBox="0 0 64 64" role="img" aria-label=${label}>
    ${bolt === null
      ? shapeOf(kind, led)
      : html`<rect x="8" y="4" width="34" height="56" rx="2" class="door" />
          <rect x="46" y="2" width="10" height="60" rx="1" class="frame" />
          <rect x=${shut ? 36 : open ? 28 : 32} y="28" width="16" height="8" rx="1" class=${shut ? "bolt shut" : "bolt free"} />
          <circle cx="16" cy="32" r="3" class="knob" />`}
    ${view.battery !== null &&
    html`<rect x="10" y="52" width="18" height="6" rx="1" class="cell" /><rect
        x="11"
        y="53"
        width=${16 * view.battery}
        height="4"
        class=${view.low ? "charge low" : "charge"}
      />`}
    ${view.online === false && html`<path d="M46 8 L56 18 M56 8 L46 18" class="cut" />`}
  </svg>`;
}
