// What else a tester can do: webhooks, faults, variants, snapshots, worlds; and the credentials.

import { html, useEffect, useState } from "console/preact";
import { call, inWorld } from "console/api";
import { Choice } from "console/forms";
import { clockText, toneOf } from "console/film";

/** Load something now, and again whenever the world has moved on. */
function useLoaded(path, version) {
  const [data, setData] = useState(/** @type {any} */ (null));
  useEffect(() => {
    let current = true;
    call("GET", path).then(
      (found) => current && setData(found),
      () => current && setData(null),
    );
    return () => {
      current = false;
    };
  }, [path, version]);
  return data;
}

/** A function that runs a call, and the refusal of the last one. */
function useTry() {
  const [wrong, setWrong] = useState("");
  const attempt = (work) => async () => {
    try {
      await work();
      setWrong("");
    } catch (error) {
      setWrong(String(error.message || error));
    }
  };
  return [attempt, wrong && html`<output class="wrong">${wrong}</output>`];
}

export function DeliveriesPanel({ world, version }) {
  const data = useLoaded(inWorld(world, "deliveries"), version);
  const [attempt, wrong] = useTry();
  if (!data) return html`<p>…</p>`;
  const send = (...parts) => attempt(() => call("POST", inWorld(world, "deliveries", ...parts)));
  return html`<h3>Webhooks, callbacks, mails</h3>
    <label
      ><input
        type="checkbox"
        checked=${data.mode === "held"}
        onChange=${attempt(() => call("PUT", inWorld(world, "deliveries"), { mode: data.mode === "held" ? "auto" : "held" }))}
      />
      hold them back until released</label
    >
    ${wrong} ${!data.deliveries.length && html`<p class="quiet">Nothing was sent yet.</p>`}
    <ul class="list">
      ${data.deliveries
        .slice(-50)
        .reverse()
        .map(
          (one) => html`<li key=${one.id}>
            <b>${one.kind}</b> ${one.vendor} → <code>${one.to}</code>
            <p class="quiet">
              ${clockText(one.at)}:
              ${one.attempts.map((a) => (a.state === "done" ? String(a.status ?? a.error) : a.state)).join(", ")}
            </p>
            <button onClick=${send(one.id, "release")}>release</button>
            <button onClick=${send(one.id, "double")}>send twice</button>
            <button onClick=${send(one.id, "drop")}>drop</button>
            <details><summary>body</summary><pre>${one.body ?? one.body_base64}</pre></details>
          </li>`,
        )}
    </ul>`;
}

const EFFECTS = {
  "answer as unavailable": { kind: "refuse", name: "unavailable" },
  "answer that the rate limit is reached": { kind: "refuse", name: "rate_limited" },
  "delay the answer by 10 s": { kind: "delay", seconds: 10 },
  "reset the connection": { kind: "reset" },
  "break off after 10 bytes": { kind: "truncate", bytes: 10 },
  "answer with a foreign page": { kind: "page" },
  "lose the webhook": { kind: "lose" },
  "send the webhook twice": { kind: "double" },
};

export function FaultsPanel({ world, version, vendors }) {
  const data = useLoaded(inWorld(world, "faults"), version);
  const [attempt, wrong] = useTry();
  const [vendor, setVendor] = useState("");
  const [path, setPath] = useState("");
  const [times, setTimes] = useState("1");
  const [effect, setEffect] = useState(Object.keys(EFFECTS)[0]);
  const inject = attempt(() =>
    call("POST", inWorld(world, "faults"), {
      effect: EFFECTS[effect],
      ...(vendor ? { vendor } : {}),
      ...(path ? { path } : {}),
      ...(times ? { times: Number(times) } : {}),
    }),
  );
  return html`<h3>Faults</h3>
    <form
      onSubmit=${(event) => {
        event.preventDefault();
        inject();
      }}
    >
      <${Choice} label="effect" value=${effect} options=${Object.keys(EFFECTS).map((name) => [name, name])} change=${setEffect} />
      <${Choice} label="vendor" value=${vendor} options=${[["", "any"], ...vendors.map((name) => [name, name])]} change=${setVendor} />
      <label>path <input value=${path} placeholder="any" size="10" onInput=${(e) => setPath(e.target.value)} /></label>
      <label>times <input value=${times} size="3" inputmode="numeric" onInput=${(e) => setTimes(e.target.value)} /></label>
      <button>inject</button>
    </form>
    ${wrong}
    <ul class="list">
      ${(data?.faults || []).map(
        (one) => html`<li key=${one.id}>
          <b>${one.effect.kind}</b> ${one.vendor || "any vendor"} ${one.method || ""} ${one.path || ""} — took effect ${one.struck}${one.times ? ` of ${one.times}` : ""}
          <button onClick=${attempt(() => call("DELETE", inWorld(world, "faults", one.id)))}>remove</button>
        </li>`,
      )}
    </ul>
    ${data && !data.faults.length && html`<p class="quiet">No fault is injected.</p>`}`;
}

export function VariantsPanel({ world, version }) {
  const data = useLoaded(inWorld(world, "variants"), version);
  const [attempt, wrong] = useTry();
  if (!data) return html`<p>…</p>`;
  const toggle = (id) => {
    const ids = data.planted.includes(id) ? data.planted.filter((one) => one !== id) : [...data.planted, id];
    return attempt(() => call("PUT", inWorld(world, "variants"), { variants: ids }));
  };
  return html`<h3>Changes that vendors might make</h3>
    ${wrong}
    <ul class="list">
      ${data.variants.map(
        (one) => html`<li key=${one.id}>
          <label><input type="checkbox" checked=${data.planted.includes(one.id)} onChange=${toggle(one.id)} /> <b>${one.id}</b></label>
          <p>${one.sentence} <span class="quiet">${one.class}, ${one.weight}</span></p>
        </li>`,
      )}
    </ul>`;
}

export function WorldsPanel({ world, version, choose }) {
  const worlds = useLoaded("/worlds", version);
  const snapshots = useLoaded(inWorld(world, "snapshots"), version);
  const [attempt, wrong] = useTry();
  const [name, setName] = useState("");
  return html`<h3>Worlds</h3>
    ${wrong}
    <ul class="list">
      ${(worlds?.worlds || []).map(
        (one) => html`<li key=${one.name}>
          <button aria-pressed=${one.name === world} onClick=${() => choose(one.name)}>${one.name}</button>
          <span class="quiet">seed ${one.seed}, ${one.profile}, ${one.clock.mode}</span>
          ${one.name !== "default" &&
          html`<button
            onClick=${attempt(async () => {
              await call("DELETE", inWorld(one.name));
              if (one.name === world) choose("default");
            })}
          >
            drop
          </button>`}
        </li>`,
      )}
    </ul>
    <button onClick=${attempt(async () => choose((await call("POST", "/worlds", { clock: "manual" })).name))}>new world</button>
    <button onClick=${attempt(async () => choose((await call("POST", inWorld(world, "fork"), {})).name))}>copy this world</button>
    <button onClick=${attempt(() => call("POST", inWorld(world, "reset")))}>reset this world</button>
    <h3>Snapshots</h3>
    <form
      onSubmit=${(event) => {
        event.preventDefault();
        attempt(() => call("POST", inWorld(world, "snapshots"), { name }))();
      }}
    >
      <label>name <input value=${name} required size="12" onInput=${(e) => setName(e.target.value)} /></label>
      <button>keep</button>
    </form>
    <ul class="list">
      ${(snapshots?.snapshots || []).map(
        (one) => html`<li key=${one}>${one} <button onClick=${attempt(() => call("POST", inWorld(world, "snapshots", one, "restore")))}>restore</button></li>`,
      )}
    </ul>`;
}

export function AccessPanel({ world, version }) {
  const data = useLoaded(inWorld(world), version);
  const [shown, setShown] = useState(false);
  if (!data) return html`<p>…</p>`;
  return html`<h3>Addresses and credentials</h3>
    <label><input type="checkbox" checked=${shown} onChange=${() => setShown(!shown)} /> show credentials</label>
    ${Object.entries(data.vendors).map(
      ([vendor, { url, credentials }]) => html`<section>
        <h4>${vendor}</h4>
        <dl>
          <dt>url</dt>
          <dd><${Copied} text=${url} shown=${true} /></dd>
          ${Object.entries(credentials).map(
            ([key, value]) => html`<dt>${key}</dt><dd><${Copied} text=${typeof value === "string" ? value : JSON.stringify(value)} shown=${shown} /></dd>`,
          )}
        </dl>
      </section>`,
    )}`;
}

function Copied({ text, shown }) {
  const [copied, setCopied] = useState(false);
  return html`<code>${shown ? text : "••••••"}</code>
    <button
      onClick=${async () => {
        await navigator.clipboard.writeText(text);
        setCopied(true);
      }}
    >
      ${copied ? "copied" : "copy"}
    </button>`;
}

/** Two futures side by side, with the first difference marked. */
export function ComparePanel({ mine, other, origin, close }) {
  const before = (turns) => turns.filter((turn) => turn.n > origin.n && turn.kind !== "restarted");
  const left = before(other);
  const right = before(mine);
  const same = (a, b) => a && b && a.text === b.text && a.status === b.status && a.vendor === b.vendor;
  const first = Math.max(left.length, right.length) && [...Array(Math.max(left.length, right.length)).keys()].findIndex((i) => !same(left[i], right[i]));
  const rows = [...Array(Math.min(200, Math.max(left.length, right.length))).keys()];
  return html`<section class="compare" aria-label="Two futures">
    <header>
      <h2>Two futures after turn ${origin.n} of ${origin.world}</h2>
      <button onClick=${close}>close</button>
    </header>
    <table>
      <thead>
        <tr><th scope="col">${origin.world}</th><th scope="col">what if</th></tr>
      </thead>
      <tbody>
        ${rows.map((i) => html`<tr class=${i === first ? "differs" : ""}><td>${future(left[i])}</td><td>${future(right[i])}</td></tr>`)}
      </tbody>
    </table>
    ${!rows.length && html`<p>Nothing has happened in either yet.</p>`}
  </section>`;
}

function future(turn) {
  if (!turn) return html`<span class="quiet">–</span>`;
  return html`<span class=${toneOf(turn)}>${clockText(turn.at).slice(5)} ${turn.vendor || ""} ${turn.text} ${turn.status ?? ""}</span>`;
}
