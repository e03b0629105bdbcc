// The film: all turns on one axis, in lanes; and the same turns as a list.

import { html, useEffect, useMemo, useRef, useState } from "console/preact";

const LANE = 26;
const LEFT = 132;
const ROW = 26;
const FEWEST = 5; // lanes that have their room from the start, so that nothing jumps when turns come

/** The lane of a turn. */
function laneOf(turn) {
  switch (turn.kind) {
    case "request":
      return `${turn.vendor} clients`;
    case "act":
      return `${turn.vendor} devices`;
    case "outcome":
      return "deliveries";
    case "control":
    case "restarted":
      return "tester";
    default:
      return "time";
  }
}

/** How a turn went: the name of a colour class. */
export function toneOf(turn) {
  if (turn.failed || (turn.status ?? 0) >= 500) return "bad";
  if (turn.misses || turn.refusal || (turn.status ?? 0) >= 400) return "warn";
  if (turn.kind === "request" && turn.ticket && !turn.status) return "open";
  return turn.kind === "tick" ? "quiet" : "good";
}

const time = (text) => Date.parse(text);

/**
 * @param {{turns: import("console/api").Turn[], due: import("console/api").Due[], now: number, head: number | null, select: (n: number | null) => void}} props
 */
export function Film({ turns, due, now, head, select }) {
  const [byTime, setByTime] = useState(false);
  const [zoom, setZoom] = useState(1);
  const [back, setBack] = useState(0); // how far the right edge is before the last turn, as a share of the whole
  const canvas = useRef(/** @type {any} */ (null));
  const lanes = useMemo(() => [...new Set(turns.map(laneOf))].sort(), [turns]);
  const [dark, width] = useScreen(canvas);

  const place = useMemo(() => {
    const first = turns.length ? time(turns[0].at) : now;
    const last = Math.max(now, turns.length ? time(turns[turns.length - 1].at) : now);
    const ahead = byTime && due.length ? Math.min(time(due[due.length - 1].at), last + (last - first || 60000) / 4) : last;
    const [from, to] = byTime ? [first, Math.max(ahead, first + 1)] : [0, Math.max(1, turns.length + (due.length ? 1 : 0))];
    const span = (to - from) / zoom;
    const right = to - (to - from - span) * back;
    const left = right - span;
    const room = Math.max(10, width - LEFT - 16);
    return {
      x: (value) => LEFT + ((value - left) / span) * room,
      value: (x) => left + ((x - LEFT) / room) * span,
      left,
      right,
      room,
    };
  }, [turns, due, now, byTime, zoom, back, width]);
  const valueOf = (turn, index) => (byTime ? time(turn.at) : index);

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    draw(context, { turns, due: byTime ? due : [], lanes, place, valueOf, head, now: byTime ? now : turns.length, width, dark });
  }, [turns, due, lanes, place, head, width, dark, byTime]);

  const at = (event) => {
    const box = canvas.current.getBoundingClientRect();
    return nearest(turns, lanes, place, valueOf, event.clientX - box.left, event.clientY - box.top);
  };
  const pan = (event) => {
    if (event.ctrlKey || Math.abs(event.deltaY) > Math.abs(event.deltaX)) {
      setZoom(Math.max(1, Math.min(100000, zoom * (event.deltaY < 0 ? 1.25 : 0.8))));
    } else {
      setBack(Math.max(0, Math.min(1, back - event.deltaX / (place.room * Math.max(1, zoom - 1)))));
    }
    event.preventDefault();
  };
  const drag = (event) => {
    if (event.buttons !== 1) return;
    const found = at(event);
    if (found !== null) select(found);
  };

  return html`<section class="film" aria-label="Film">
    <div class="bar">
      <h2>Film</h2>
      <label><input type="checkbox" checked=${byTime} onChange=${() => setByTime(!byTime)} /> by time</label>
      <button onClick=${() => setZoom(Math.min(100000, zoom * 2))} aria-label="Zoom in">+</button>
      <button onClick=${() => setZoom(Math.max(1, zoom / 2))} aria-label="Zoom out">−</button>
      <input
        type="range"
        min="0"
        max="1"
        step="0.001"
        value=${1 - back}
        aria-label="Part of the film"
        disabled=${zoom === 1}
        onInput=${(event) => setBack(1 - Number(event.target.value))}
      />
      <span class="legend"><i class="good"></i>answered <i class="warn"></i>refused <i class="bad"></i>failed <i class="open"></i>waiting or to come</span>
    </div>
    <canvas
      ref=${canvas}
      height=${Math.max(FEWEST, lanes.length) * LANE + 24}
      role="img"
      aria-label=${`${turns.length} turns in ${lanes.length} lanes. The list below has the same turns.`}
      onWheel=${pan}
      onPointerDown=${(event) => {
        const found = at(event);
        if (found !== null) select(found);
      }}
      onPointerMove=${drag}
    ></canvas>
  </section>`;
}

/** Whether the screen is dark, and how wide the film is. @returns {[boolean, number]} */
function useScreen(canvas) {
  const [dark, setDark] = useState(matchMedia("(prefers-color-scheme: dark)").matches);
  const [width, setWidth] = useState(800);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const change = () => setDark(media.matches);
    media.addEventListener("change", change);
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(canvas.current.parentElement);
    return () => {
      media.removeEventListener("change", change);
      observer.disconnect();
    };
  }, []);
  return [dark, width];
}

const COLOURS = {
  light: { good: "#1a7f4b", warn: "#b35900", bad: "#c0262d", open: "#5b5b66", quiet: "#9a9aa6", text: "#1d1d22", line: "#d9d9e0", head: "#3b5bdb" },
  dark: { good: "#4cc38a", warn: "#f0a04b", bad: "#ff6b6b", open: "#a0a0ad", quiet: "#6a6a76", text: "#ececf1", line: "#34343d", head: "#8da2ff" },
};

function draw(context, { turns, due, lanes, place, valueOf, head, now, width, dark }) {
  const scale = window.devicePixelRatio || 1;
  const height = Math.max(FEWEST, lanes.length) * LANE + 24;
  const canvas = context.canvas;
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.height = `${height}px`;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const colours = dark ? COLOURS.dark : COLOURS.light;
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  const y = new Map(lanes.map((lane, i) => [lane, i * LANE + LANE / 2]));
  for (const lane of lanes) {
    context.fillStyle = colours.text;
    context.fillText(lane, 4, y.get(lane), LEFT - 12);
    context.fillStyle = colours.line;
    context.fillRect(LEFT, y.get(lane), width - LEFT, 1);
  }
  // Where turns lie closer than a pixel, one mark stands for them: ten thousand turns cost what the screen is wide.
  const seen = new Set();
  const worst = { bad: 3, warn: 2, open: 1 };
  const marks = new Map();
  turns.forEach((turn, index) => {
    const value = valueOf(turn, index);
    if (value < place.left || value > place.right) return;
    const lane = laneOf(turn);
    const key = `${lane} ${Math.round(place.x(value) / 2)}`;
    const tone = toneOf(turn);
    if (!seen.has(key) || (worst[tone] || 0) > (worst[marks.get(key).tone] || 0)) {
      seen.add(key);
      marks.set(key, { x: place.x(value), y: y.get(lane), tone });
    }
  });
  for (const { x, y: top, tone } of marks.values()) {
    context.beginPath();
    context.arc(x, top, tone === "quiet" ? 3 : 5, 0, 7);
    context.fillStyle = context.strokeStyle = colours[tone];
    context.lineWidth = 1.5;
    if (tone === "open") context.stroke();
    else context.fill();
  }
  for (const one of due) {
    const x = place.x(time(one.at));
    if (x > width) continue;
    context.beginPath();
    context.arc(x, y.get("time") ?? LANE / 2, 4, 0, 7);
    context.strokeStyle = colours.open;
    context.stroke();
  }
  const edge = place.x(now);
  context.fillStyle = colours.line;
  context.fillRect(edge, 0, 1, height - 20);
  const at = turns.findIndex((turn) => turn.n === head);
  if (at >= 0) {
    context.fillStyle = colours.head;
    context.fillRect(place.x(valueOf(turns[at], at)) - 1, 0, 2, height - 20);
  }
  if (turns.length) {
    context.fillStyle = colours.open;
    const shown = turns.filter((turn, i) => valueOf(turn, i) >= place.left && valueOf(turn, i) <= place.right);
    const ends = shown.length ? [shown[0].at, shown[shown.length - 1].at] : [];
    if (ends[0]) context.fillText(clockText(ends[0]), LEFT, height - 9);
    if (ends[1]) context.fillText(clockText(ends[1]), Math.max(LEFT, width - 150), height - 9);
  }
}

function nearest(turns, lanes, place, valueOf, x, y) {
  const lane = lanes[Math.floor(y / LANE)];
  let best = null;
  let least = 12;
  turns.forEach((turn, index) => {
    const far = Math.abs(place.x(valueOf(turn, index)) - x) + (lane !== undefined && laneOf(turn) !== lane ? 6 : 0);
    if (far < least) [best, least] = [turn.n, far];
  });
  return best;
}

/** A time as people read it. */
export function clockText(at) {
  return at.replace("T", " ").replace(/(\.\d{1,3})\d*/, "$1").replace("Z", "");
}

/**
 * The turns as a list. Only the rows on the screen are in the page.
 * @param {{turns: import("console/api").Turn[], head: number | null, select: (n: number | null) => void, waiting: Map<number, number>}} props
 * `waiting`: number of a request that waited → the turn that answered it.
 */
export function TurnList({ turns, head, select, waiting }) {
  const box = useRef(/** @type {any} */ (null));
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(300);
  const pinned = useRef(true);
  const bottom = useRef(0); // where the end was when the list last went there: its scroll event may come after further turns
  useEffect(() => {
    const element = box.current;
    setHeight(element.clientHeight);
    if (!pinned.current || head !== null) return;
    element.scrollTop = element.scrollHeight;
    bottom.current = element.scrollHeight;
  }, [turns, head]);
  useEffect(() => {
    const index = turns.findIndex((turn) => turn.n === head);
    const element = box.current;
    if (index < 0) return;
    if (index * ROW < element.scrollTop) element.scrollTop = index * ROW;
    else if ((index + 1) * ROW > element.scrollTop + element.clientHeight) element.scrollTop = (index + 1) * ROW - element.clientHeight;
  }, [head]);
  const move = (event) => {
    if (event.key === "Escape") select(null);
    const last = turns.length - 1;
    const present = turns.findIndex((turn) => turn.n === head);
    const from = present < 0 ? last + 1 : present;
    const next = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + 10, PageUp: from - 10, Home: 0, End: last }[event.key];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    select(turns[Math.max(0, Math.min(last, next))].n);
  };
  const first = Math.max(0, Math.floor(top / ROW) - 5);
  const shown = turns.slice(first, first + Math.ceil(height / ROW) + 10);
  return html`<div
    class="turns"
    ref=${box}
    tabindex="0"
    role=${turns.length ? "listbox" : "group"}
    aria-label="Turns"
    aria-activedescendant=${head === null ? undefined : `turn-${head}`}
    onKeyDown=${move}
    onScroll=${(event) => {
      const element = event.target;
      const end = pinned.current && head === null ? bottom.current : element.scrollHeight;
      pinned.current = element.scrollTop + element.clientHeight >= end - ROW;
      setTop(element.scrollTop);
      setHeight(element.clientHeight);
    }}
  >
    ${!turns.length && html`<p class="nothing quiet">No turn yet. Choose “Send” to be a client, or act on a device below.</p>`}
    <div class="rows" style=${{ height: `${turns.length * ROW}px` }}>
      ${shown.map(
        (turn, i) => html`<div
          key=${turn.n}
          id=${`turn-${turn.n}`}
          role="option"
          aria-selected=${turn.n === head}
          class=${`turn ${toneOf(turn)}`}
          style=${{ top: `${(first + i) * ROW}px` }}
          onClick=${() => select(turn.n)}
        >
          <span class="n">${turn.n}</span><span class="at">${clockText(turn.at).slice(5, 23)}</span
          ><span class="who">${turn.vendor || (turn.kind === "tick" ? "time" : turn.kind)}</span><span class="text">${turn.text}</span
          ><span class="status">${turn.failed ? "failed" : (turn.status ?? (turn.kind !== "request" || !turn.ticket ? "" : waiting.has(turn.ticket) ? `→ ${waiting.get(turn.ticket)}` : "waits"))}</span
          ><span class="marks">${turn.misses ? "near miss " : ""}${turn.struck ? "fault " : ""}${turn.sent ? `sent ${turn.sent}` : ""}</span>
        </div>`,
      )}
    </div>
  </div>`;
}
