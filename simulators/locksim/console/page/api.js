// Calls of the control API. All data of the page comes through here.

/** The event after each call that may have changed something. */
export const CHANGED = "locksim-changed";

/** What the server refused, in its own words. The status is 0 if there was no answer. */
export class Refusal extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

const embedded = document.getElementById("story");
/** The data of a story in one file; null on a served page. */
export const story = embedded ? JSON.parse(embedded.textContent || "null") : null;

/** Answer a call from a story's data. */
function fromStory(path) {
  const [, , , ...parts] = path.split("/").map(decodeURIComponent);
  const names = Object.keys(story.devices);
  if (!parts.length) return { vendors: Object.fromEntries(names.map((name) => [name, {}])) };
  if (parts[0] === "due") return momentOf(lastTurn());
  if (parts[0] === "journal") return momentOf(Number(parts[1]));
  if (parts[1] === "hardware") return { devices: momentOf(lastTurn()).devices[parts[0]] };
  if (parts[1] === "display") return momentOf(lastTurn()).shown[parts[0]];
  if (parts[1] === "actions") return { title: story.titles[parts[0]], devices: {}, support: [] };
  throw new Refusal("a story can only be looked at");
}

function lastTurn() {
  return story.turns.length ? story.turns[story.turns.length - 1].n : 0;
}

/** A moment of a story: the devices of the beginning, with all that changed up to it. */
function momentOf(n) {
  const devices = Object.fromEntries(
    Object.entries(story.devices).map(([vendor, found]) => [vendor, new Map(found.map((device) => [device.id, device]))]),
  );
  for (const turn of story.turns) {
    if (turn.n > n) break;
    for (const [vendor, { changed, gone }] of Object.entries(story.moments[turn.n].devices)) {
      for (const device of changed) devices[vendor].set(device.id, device);
      for (const id of gone) devices[vendor].delete(id);
    }
  }
  const lists = Object.fromEntries(Object.entries(devices).map(([vendor, found]) => [vendor, [...found.values()]]));
  const moment = story.moments[n] || { ...story.began, changes: [], shown: 0, rules: [] };
  const rules = moment.rules.map(([id, about]) => ({ ...story.rules[id], about }));
  return { ...moment, devices: lists, shown: story.shown[moment.shown], rules };
}

/**
 * Call the control API and return the JSON of its answer.
 * @param {string} method
 * @param {string} path below `/_sim`
 * @param {unknown} [body]
 * @returns {Promise<any>}
 * @throws {Refusal}
 */
export async function call(method, path, body) {
  if (story) return fromStory(path);
  const options = { method, headers: {}, body: undefined };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = /** @type {any} */ (JSON.stringify(body));
  }
  const [answer, text] = await fetch(`/_sim${path}`, options)
    .then(async (got) => /** @type {const} */ ([got, await got.text()]))
    .catch(() => {
      throw new Refusal(`the server did not answer${method === "GET" ? "" : "; look whether this was done"}`);
    });
  const data = parsed(text);
  if (!answer.ok || data === undefined) throw new Refusal(data?.error || `${method} ${path}: ${answer.status}`, answer.status);
  if (method !== "GET") window.dispatchEvent(new Event(CHANGED));
  return data;
}

/** The data in a JSON text; undefined if it is something else, as a proxy's own page. */
function parsed(text) {
  try {
    return text ? JSON.parse(text) : {};
  } catch {
    return undefined;
  }
}

/**
 * The path of something in a world.
 * @param {string} world
 * @param {...(string | number)} parts
 */
export function inWorld(world, ...parts) {
  return ["/worlds", world, ...parts].map((part, i) => (i ? encodeURIComponent(part) : part)).join("/");
}

/**
 * Follow a world's turns. Returns a function that ends it.
 * @param {string} world
 * @param {{turns: (turns: Turn[]) => void, clock: (clock: Clock) => void, began: () => void, lost: (lost: boolean) => void}} on
 */
export function follow(world, on) {
  if (story) {
    const last = momentOf(lastTurn());
    on.turns(story.turns);
    on.clock({ mode: "manual", rate: 0, now: last.at, due: null, waiting: 0, last: lastTurn() });
    return () => {};
  }
  let after = 0;
  let source = null;
  let retry = 0;
  const open = () => {
    source = new EventSource(`/_sim${inWorld(world, "turns")}?after=${after}`);
    source.addEventListener("open", () => on.lost(false));
    source.addEventListener("turns", (event) => {
      const turns = JSON.parse(event.data);
      after = turns[turns.length - 1].n;
      on.turns(turns);
    });
    source.addEventListener("clock", (event) => on.clock(JSON.parse(event.data)));
    source.addEventListener("began", () => {
      after = 0;
      on.began();
    });
    source.addEventListener("error", () => {
      source.close();
      on.lost(true);
      retry = window.setTimeout(open, 1000);
    });
  };
  open();
  return () => {
    window.clearTimeout(retry);
    source.close();
  };
}

/**
 * @typedef {{n: number, at: string, kind: string, text: string, vendor?: string, device?: string | null, action?: string, status?: number | null,
 *   misses?: number, struck?: number, sent?: number, resolved?: number, answers?: number[], failed?: boolean, refusal?: string, ticket?: number, planned?: number}} Turn
 * @typedef {{mode: string, rate: number, now: string, due: string | null, waiting: number, last: number}} Clock
 * @typedef {{id: string, kind: string, state: Record<string, any>, actions: string[]}} Device
 * @typedef {{at: string, kind: string, vendor: string, what: string, id: number}} Due
 * @typedef {{vendor: string, path: string, was?: any, now?: any}} Change
 * @typedef {{title: string, then: string, used?: number, total?: number, begins?: string, ends?: string, device?: string}} Gauge
 * @typedef {{what: string, state: "held" | "arriving" | "leaving" | "reporting" | "failed", detail?: string}} Holding
 * @typedef {{gauges: Gauge[], holdings: Record<string, Holding[]>}} Shown
 * @typedef {{id: string, sentence: string, evidence: string, place: string, about: string}} Rule
 * @typedef {{name: string, where: string, required?: boolean, value?: string, choices?: string[], about?: string}} RequestField
 * @typedef {{method: string, path: string, title: string, chapter: string, effect: string, site: string, fields?: RequestField[],
 *   query?: [string, string][], headers?: [string, string][], body?: string, media_type?: string}} RequestForm
 * @typedef {{title: string, kind: string, why?: string, method?: string, target?: string, headers?: [string, string][], body?: string, device?: string,
 *   action?: string, args?: Record<string, any>, until?: string, seconds?: number, keep?: Record<string, string>, site?: string}} Step
 * @typedef {{title: string, about: string, steps: Step[]}} Recipe
 * @typedef {{name: string, title: string, arguments: any}} Form
 * @typedef {{devices: Record<string, Form[]>, support: Form[], title: string}} Forms
 * @typedef {{title?: string, devices: Device[], forms?: Forms | null, shown?: Shown}} VendorView
 * @typedef {{at: string, entry?: any, changes: Change[], devices: Record<string, Device[]>, due: Due[], shown: Record<string, Shown>, rules: Rule[]}} Moment
 */
