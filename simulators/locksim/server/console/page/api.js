// Calls of the control API. All data of the page comes through here.

/** What the server refused, in its own words. */
export class Refusal extends Error {}

/**
 * Call the control API and return the JSON of its answer.
 * @param {string} method
 * @param {string} path below `/_sim`
 * @param {unknown} [body]
 * @returns {Promise<any>}
 * @throws {Refusal}
 */
export async function call(method, path, body) {
  const options = { method, headers: {}, body: undefined };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = /** @type {any} */ (JSON.stringify(body));
  }
  const answer = await fetch(`/_sim${path}`, options);
  const text = await answer.text();
  const data = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Refusal(data.error || `${method} ${path}: ${answer.status}`);
  return data;
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
 * @typedef {{n: number, at: string, kind: string, text: string, vendor?: string, device?: string | null, status?: number | null,
 *   misses?: number, struck?: number, sent?: number, resolved?: number, failed?: boolean, ticket?: number}} Turn
 * @typedef {{mode: string, rate: number, now: string, due: string | null, waiting: number, last: number}} Clock
 * @typedef {{id: string, kind: string, state: Record<string, any>, actions: string[]}} Device
 * @typedef {{at: string, kind: string, vendor: string, what: string, id: number}} Due
 * @typedef {{vendor: string, path: string, was?: any, now?: any}} Change
 * @typedef {{at: string, entry?: any, changes: Change[], devices: Record<string, Device[]>, due: Due[]}} Moment
 */
