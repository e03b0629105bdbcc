// The console: one world at a time, live; any earlier moment of it, to look at.

import { html, render, useCallback, useEffect, useMemo, useRef, useState } from "console/preact";
import { CHANGED, Refusal, call, follow, inWorld, story } from "console/api";
import { Building } from "console/building";
import { ClientPanel } from "console/client";
import { Choice } from "console/forms";
import { Film, TurnList, toneOf } from "console/film";
import { SendPanel } from "console/send";
import { MomentPanel } from "console/moment";
import { AccessPanel, ComparePanel, DeliveriesPanel, FaultsPanel, VariantsPanel, WorldsPanel } from "console/panels";
import { DuePanel, TimePanel, useNow } from "console/time";

const REFRESH = 700; // milliseconds between two looks at the devices, however many turns there are
const LONGEST = 3000;

/** Follow a world: its turns, its clock, and a number that grows with each change. */
function useWorld(world) {
  const [turns, setTurns] = useState(/** @type {import("console/api").Turn[]} */ ([]));
  const [clock, setClock] = useState(/** @type {import("console/api").Clock | null} */ (null));
  const [lost, setLost] = useState(false);
  useEffect(() => {
    setTurns([]);
    setClock(null);
    return follow(world, {
      turns: (more) => setTurns((known) => [...known, ...more]),
      clock: setClock,
      began: () => setTurns([]),
      lost: setLost,
    });
  }, [world]);
  return { turns, clock, lost };
}

/**
 * Call `work` at once for a world, when `version` changes at most every `REFRESH` milliseconds, and right after whatever the user did.
 * Where it takes long, since the server or the browser has much to do, it is called more rarely.
 */
function useThrottled(work, version, world) {
  const state = useRef({ timer: 0, last: 0, took: 0, work, world: "" });
  state.current.work = work; // a timer that was set for another world does the work of the present one
  const run = useCallback(async () => {
    const { current } = state;
    window.clearTimeout(current.timer);
    current.timer = 0;
    current.last = performance.now();
    if (document.visibilityState !== "visible") return;
    await current.work();
    current.took = performance.now() - current.last;
  }, []);
  useEffect(() => {
    const { current } = state;
    if (current.world !== world) {
      current.world = world;
      run();
      return;
    }
    if (current.timer) return;
    const rest = Math.max(REFRESH, Math.min(current.took * 10, LONGEST)) - (performance.now() - current.last);
    if (rest <= 0) run();
    else current.timer = window.setTimeout(run, rest);
  }, [version, world]);
  useEffect(() => {
    window.addEventListener(CHANGED, run);
    return () => window.removeEventListener(CHANGED, run);
  }, []);
}

function App() {
  const [world, setWorld] = useState(new URLSearchParams(location.search).get("world") || "default");
  const { turns, clock, lost } = useWorld(world);
  const [vendors, setVendors] = useState(/** @type {Record<string, import("console/api").VendorView>} */ ({}));
  const [due, setDue] = useState(/** @type {import("console/api").Due[]} */ ([]));
  const [head, setHead] = useState(breach());
  const [moment, setMoment] = useState(/** @type {import("console/api").Moment | null} */ (null));
  const [wrong, setWrong] = useState(/** @type {string | null} */ (null));
  const [tab, setTab] = useState(story?.notes.length ? "client" : "moment");
  const [filter, setFilter] = useState({ vendor: "", tone: "", text: "" });
  const [origin, setOrigin] = useState(/** @type {{world: string, n: number, turns: import("console/api").Turn[]} | null} */ (null));
  const [sender, setSender] = useState("");
  const now = useNow(clock);
  const version = `${clock?.last ?? 0} ${clock?.mode} ${clock?.due} ${lost}`;

  const choose = useCallback((name) => {
    setHead(null);
    setMoment(null);
    setOrigin(null);
    setVendors({});
    setWorld(name);
    history.replaceState(null, "", name === "default" ? location.pathname : `?world=${encodeURIComponent(name)}`);
  }, []);

  const shownWorld = useRef(world);
  shownWorld.current = world;
  const look = async () => {
    try {
      const info = await call("GET", inWorld(world));
      const names = Object.keys(info.vendors);
      const [lists, shown, found] = await Promise.all([
        Promise.all(names.map((name) => call("GET", inWorld(world, name, "hardware")))),
        Promise.all(names.map((name) => call("GET", inWorld(world, name, "display")))),
        call("GET", inWorld(world, "due")),
      ]);
      if (shownWorld.current !== world) return; // another one was chosen meanwhile
      setVendors((known) =>
        Object.fromEntries(names.map((name, i) => [name, { ...known[name], devices: lists[i].devices, shown: shown[i] }])),
      );
      setDue(found.due);
    } catch (error) {
      if (shownWorld.current !== world) return;
      const status = error instanceof Refusal ? error.status : -1;
      if (status === 404 && world !== "default") choose("default");
      // A server that is away is looked at again when its turns come again, and until then the page says that it waits.
      else if (![0, 502, 503, 504].includes(status)) setWrong(String(error.message || error));
    }
  };
  useThrottled(look, version, world);

  const names = Object.keys(vendors).join(" ");
  useEffect(() => {
    for (const name of Object.keys(vendors)) {
      if (vendors[name].forms) continue;
      call("GET", inWorld(world, name, "actions")).then(
        (forms) => setVendors((known) => (known[name] && shownWorld.current === world ? { ...known, [name]: { ...known[name], forms, title: forms.title } } : known)),
        () => {},
      );
    }
  }, [names, world]);

  const select = useCallback((n) => {
    setHead(n);
    if (n !== null && !story?.notes.length) setTab("moment");
  }, []);
  useEffect(() => {
    if (head === null) {
      setMoment(null);
      setWrong(null);
      return undefined;
    }
    let current = true;
    const timer = window.setTimeout(async () => {
      try {
        const found = await call("GET", inWorld(world, "journal", head));
        if (current) {
          setMoment(found);
          setWrong(null);
        }
      } catch (error) {
        if (current) setWrong(String(error.message || error));
      }
    }, 60); // a head that is dragged asks for the moments where it rests
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [head, world]);

  const act = useCallback(
    (vendor, device, action, args) =>
      call("POST", device === null ? inWorld(world, vendor, "support", action) : inWorld(world, vendor, "hardware", device, action), args),
    [world],
  );
  const control = useCallback((method, path, body) => call(method, `${inWorld(world)}/${path}`, body), [world]);
  const fork = async (n) => {
    try {
      const made = await call("POST", inWorld(world, "fork"), { after: n });
      const from = { world, n, turns };
      choose(made.name);
      setOrigin(from);
    } catch (error) {
      setWrong(String(error.message || error));
    }
  };

  const shown = useMemo(
    () =>
      turns.filter(
        (turn) =>
          (!filter.vendor || turn.vendor === filter.vendor) &&
          (!filter.tone || (filter.tone === "miss" ? turn.misses : toneOf(turn) === filter.tone)) &&
          (!filter.text || `${turn.text} ${turn.device || ""}`.toLowerCase().includes(filter.text.toLowerCase())),
      ),
    [turns, filter],
  );
  // Which turn answered a request that waited: number of the waiting request → turn.
  const waiting = useMemo(() => new Map(turns.flatMap((turn) => (turn.answers || []).map((ticket) => [ticket, turn.n]))), [turns]);
  const latest = useRef(turns);
  latest.current = turns;
  const turnOf = useCallback(async (device, action, after) => {
    for (let i = 0; i < 60; i++) {
      const found = latest.current.findLast((turn) => turn.kind === "act" && turn.n > after && turn.device === device && turn.action === action);
      if (found) return found.n;
      await new Promise((done) => window.setTimeout(done, 50)); // the turn comes with the next event of the stream
    }
    return undefined;
  }, []);
  const lastNumber = useCallback(() => latest.current[latest.current.length - 1]?.n ?? 0, []);
  const touched = useMemo(() => new Set(turns.filter((turn) => turn.kind !== "tick").map((turn) => turn.vendor)), [turns]);
  const present = moment?.entry?.vendor || (tab === "send" ? sender : "");
  const rank = (name) => Number(name === present) * 2 + Number(touched.has(name)); // what is looked at stands first
  const inOrder = (found) =>
    Object.fromEntries(Object.entries(found).sort(([a], [b]) => rank(b) - rank(a)));
  const past = moment !== null && head !== null;
  const building = past
    ? Object.fromEntries(
        Object.entries(moment.devices).map(([name, devices]) => [name, { title: vendors[name]?.title, devices, forms: null, shown: moment.shown[name] }]),
      )
    : vendors;
  const turnTabs = (event) => {
    const ids = Object.keys(tabs);
    const place = ids.indexOf(tab);
    const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const id = ids[(next + ids.length) % ids.length];
    setTab(id);
    document.getElementById(`tab-${id}`)?.focus();
  };
  const behind = turns.length ? (clock?.last ?? 0) - turns[turns.length - 1].n : 0; // a busy world sends some at a time
  const set = (key) => (value) => setFilter({ ...filter, [key]: value });
  const tabs = story
    ? { ...(story.notes.length ? { client: "Client" } : {}), moment: "Moment", due: "Due" }
    : LIVE_TABS;
  return html`<header class="top">
      <h1>${story ? story.title : "locksim"}</h1>
      ${!story &&
      html`<span class="world">world <b>${world}</b></span>
        <${TimePanel} clock=${clock} now=${now} due=${due} control=${control} />`}
      ${lost && html`<b class="wrong" role="status">the server does not answer; trying again</b>`}
    </header>
    <main>
      ${origin && html`<${ComparePanel} mine=${turns} other=${origin.turns} origin=${origin} close=${() => setOrigin(null)} />`}
      <${Film} turns=${shown} due=${past ? moment.due : due} now=${now} head=${head} select=${select} />
      <div class="filters" role="search" aria-label="Filter turns">
        <${Choice} label="vendor" value=${filter.vendor} options=${[["", "all"], ...Object.keys(vendors).map((name) => [name, name])]} change=${set("vendor")} />
        <${Choice}
          label="how it went"
          value=${filter.tone}
          options=${[["", "any"], ["good", "answered"], ["warn", "refused"], ["bad", "failed"], ["miss", "near miss"]]}
          change=${set("tone")}
        />
        <label>text <input type="search" value=${filter.text} onInput=${(event) => set("text")(event.target.value)} /></label>
        <span class="quiet">${shown.length} of ${turns.length} turns${behind > 0 ? `, ${behind} behind` : ""}</span>
      </div>
      <div class="columns">
        <div class="left">
          <${TurnList} turns=${shown} head=${head} select=${select} waiting=${waiting} />
          ${past && html`<p class="past" role="status">The building as it was after turn ${head}. <button onClick=${() => select(null)}>back to now</button></p>`}
          <${Building} vendors=${inOrder(building)} act=${act} filter=${filter.vendor} now=${past ? Date.parse(moment.at) : now} readOnly=${past || Boolean(story)} />
        </div>
        <aside>
          <div role="tablist" aria-label="Panels" onKeyDown=${turnTabs}>
            ${Object.entries(tabs).map(
              ([id, label]) =>
                html`<button role="tab" id=${`tab-${id}`} aria-selected=${tab === id} aria-controls="panel" tabindex=${tab === id ? 0 : -1} onClick=${() => setTab(id)}>${label}</button>`,
            )}
          </div>
          <div role="tabpanel" id="panel" aria-labelledby=${`tab-${tab}`} tabindex="0">
            ${tab === "moment" &&
            html`<${MomentPanel}
              moment=${past ? moment : null}
              wrong=${head !== null ? wrong : null}
              address=${(entry) => addressOf(vendors, world, entry)}
              fork=${fork}
              live=${() => select(null)}
              readOnly=${Boolean(story)}
            />`}
            ${tab === "send" &&
            html`<${SendPanel}
              world=${world}
              vendors=${Object.keys(vendors)}
              titles=${Object.fromEntries(Object.entries(vendors).map(([name, one]) => [name, one.title || name]))}
              vendor=${sender}
              chooseVendor=${setSender}
              select=${select}
              turnOf=${turnOf}
              lastNumber=${lastNumber}
              waiting=${waiting}
            />`}
            ${tab === "client" && html`<${ClientPanel} notes=${story.notes} head=${head} select=${select} />`}
            ${tab === "due" && html`<${DuePanel} due=${past ? moment.due : due} now=${past ? Date.parse(moment.at) : now} />`}
            ${tab === "deliveries" && html`<${DeliveriesPanel} world=${world} version=${version} />`}
            ${tab === "faults" && html`<${FaultsPanel} world=${world} version=${version} vendors=${Object.keys(vendors)} />`}
            ${tab === "variants" && html`<${VariantsPanel} world=${world} version=${version} />`}
            ${tab === "worlds" && html`<${WorldsPanel} world=${world} version=${version} choose=${choose} />`}
            ${tab === "access" && html`<${AccessPanel} world=${world} version=${version} />`}
          </div>
        </aside>
      </div>
    </main>`;
}

const LIVE_TABS = {
  moment: "Moment",
  send: "Send",
  due: "Due",
  deliveries: "Webhooks",
  faults: "Faults",
  variants: "Variants",
  worlds: "Worlds",
  access: "Access",
};

/** The turn at which a story opens: the last one before what is wrong. */
function breach() {
  const wrong = (story?.notes || []).filter((note) => note.wrong).pop();
  return wrong && wrong.n ? wrong.n : null;
}

/** The base of the address that a request was sent to, for curl. */
function addressOf(vendors, world, entry) {
  const host = (entry.headers.find(([name]) => name.toLowerCase() === "host") || [])[1] || "";
  return `${location.protocol}//${host}${world === "default" ? "" : `/~${world}`}`;
}

const page = /** @type {HTMLElement} */ (document.getElementById("page"));
page.textContent = "";
render(html`<${App} />`, page);
