// Requests to a vendor: recipes that show something step by step, and a form for each operation.
//
// They go through the control API, which lets them enter the world as any client's. The vendors' own addresses are not called:
// their answers would need CORS headers, which the real vendors do not send.

import { html, useEffect, useRef, useState } from "console/preact";
import { call, inWorld } from "console/api";
import { Choice } from "console/forms";
import { Body } from "console/json";

/** @typedef {import("console/api").RequestForm} RequestForm */
/** @typedef {import("console/api").Recipe} Recipe */
/** @typedef {import("console/api").Step} Step */

/**
 * @param {{world: string, vendors: string[], titles: Record<string, string>, vendor: string, chooseVendor: (name: string) => void, select: (n: number) => void,
 *   turnOf: (device: string | null, action: string, after: number) => Promise<number | undefined>, lastNumber: () => number, waiting: Map<number, number>}} props
 */
export function SendPanel({ world, vendors, titles, vendor, chooseVendor, select, turnOf, lastNumber, waiting }) {
  const name = vendors.includes(vendor) ? vendor : vendors[0];
  const [forms, setForms] = useState(/** @type {RequestForm[]} */ ([]));
  const [recipes, setRecipes] = useState(/** @type {Recipe[]} */ ([]));
  const [chosen, setChosen] = useState("");
  const [recipe, setRecipe] = useState(/** @type {Recipe | null} */ (null));
  useEffect(() => {
    let current = true;
    setForms([]);
    setRecipes([]);
    setRecipe(null);
    setChosen("");
    if (!name) return undefined;
    call("GET", inWorld(world, name, "requests")).then((found) => current && setForms(found.requests), () => {});
    call("GET", inWorld(world, name, "recipes")).then((found) => current && setRecipes(found.recipes), () => {});
    return () => {
      current = false;
    };
  }, [world, name]);
  if (!name) return html`<p class="quiet">This world has no vendor.</p>`;
  const begin = async (title) => {
    const found = await call("GET", inWorld(world, name, "recipes")); // with times from now on
    setRecipes(found.recipes);
    setRecipe(found.recipes.find((one) => one.title === title) || null);
  };
  const idOf = (form) => `${form.method} ${form.path}`;
  const form = forms.find((one) => idOf(one) === chosen) || forms[0];
  return html`<h3>Be a client</h3>
    <${Choice} label="vendor" value=${name} options=${vendors.map((one) => [one, titles[one] || one])} change=${chooseVendor} />
    ${recipes.length > 0 &&
    html`<h4>Recipes</h4>
      <ul class="recipes">
        ${recipes.map(
          (one) => html`<li key=${one.title}>
            <button aria-pressed=${recipe?.title === one.title} onClick=${() => begin(one.title)}>${one.title}</button>
            ${(!recipe || recipe.title === one.title) && html`<p class="quiet">${one.about}</p>`}
          </li>`,
        )}
      </ul>`}
    ${recipe && html`<${RecipeRun} key=${`${world} ${recipe.title} ${JSON.stringify(recipe.steps[0])}`} recipe=${recipe} world=${world} vendor=${name} select=${select} turnOf=${turnOf} lastNumber=${lastNumber} waiting=${waiting} />`}
    ${form &&
    html`<h4>Any request</h4>
      <${Choice} label="operation" value=${idOf(form)} options=${forms.map((one) => [idOf(one), idOf(one)])} change=${setChosen} />
      <${RequestEditor} key=${`${world} ${name} ${idOf(form)}`} form=${form} world=${world} vendor=${name} select=${select} waiting=${waiting} />`}`;
}

/** What a step or a request came to. @typedef {{turn?: number, ticket?: number, status?: number, text: string, wrong: boolean}} Outcome */

/** @param {{outcome: Outcome, select: (n: number) => void, waiting: Map<number, number>}} props */
function Result({ outcome, select, waiting }) {
  const answered = outcome.ticket !== undefined ? waiting.get(outcome.ticket) : undefined;
  return html`<div class="result">
    ${outcome.status !== undefined && html`<b class=${outcome.status >= 400 ? "bad" : "good"}>${outcome.status}</b> `}
    ${outcome.ticket !== undefined && html`<b class="open">${answered ? `it waited, and turn ${answered} answered it` : "it waits for its answer"}</b> `}
    ${outcome.turn !== undefined &&
    html`<button onClick=${() => select(answered ?? outcome.turn ?? 0)}>why? (turn ${answered ?? outcome.turn})</button>`}
    ${outcome.text && (outcome.wrong ? html`<output class="wrong">${outcome.text}</output>` : html`<${Body} text=${outcome.text} label="what came back" most=${4} />`)}
  </div>`;
}

/** @param {any} entry a turn @returns {Outcome} */
function outcomeOf(entry) {
  if (entry.answer) return { turn: entry.n, status: entry.answer.status, text: entry.answer.body ?? "", wrong: false };
  return { turn: entry.n, ticket: entry.ticket, text: "", wrong: false };
}

/** @param {unknown} error @returns {Outcome} */
const refusal = (error) => ({ text: String(/** @type {any} */ (error).message || error), wrong: true });

// ---- recipes

/** @param {{recipe: Recipe, world: string, vendor: string, select: (n: number) => void, turnOf: (device: string | null, action: string, after: number) => Promise<number | undefined>, lastNumber: () => number, waiting: Map<number, number>}} props */
function RecipeRun({ recipe, world, vendor, select, turnOf, lastNumber, waiting }) {
  const [kept, setKept] = useState(/** @type {Record<string, unknown>} */ ({}));
  const [outcomes, setOutcomes] = useState(/** @type {Outcome[]} */ ([]));
  const [busy, setBusy] = useState(false);
  const next = outcomes.filter((one) => !one.wrong).length;
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (next) list.current?.querySelector(".next, li:last-child")?.scrollIntoView({ block: "nearest" });
  }, [next]);
  const run = async () => {
    const step = recipe.steps[next];
    setBusy(true);
    let outcome;
    try {
      outcome = await perform(step);
    } catch (error) {
      outcome = refusal(error);
    }
    setOutcomes([...outcomes.slice(0, next), outcome]);
    setBusy(false);
  };
  /** @param {Step} step */
  const perform = async (step) => {
    const given = /** @type {Step} */ (withKept(step, kept));
    let result;
    let outcome = /** @type {Outcome} */ ({ text: "", wrong: false });
    if (step.kind === "request") {
      const { method, target, headers, body, site } = given;
      const entry = await call("POST", inWorld(world, vendor, "requests"), { method, target, headers, body, site });
      outcome = outcomeOf(entry);
      result = entry.answer?.body ? asJson(entry.answer.body) : undefined;
      if (step.keep && (entry.answer?.status ?? 0) >= 400) return { ...outcome, wrong: true, text: entry.answer.body || `${entry.answer.status}` };
    } else if (step.kind === "act" || step.kind === "support") {
      const path = step.kind === "act" ? inWorld(world, vendor, "hardware", given.device ?? "", given.action ?? "") : inWorld(world, vendor, "support", given.action ?? "");
      const before = lastNumber();
      result = await call("POST", path, given.args || {});
      outcome = { text: JSON.stringify(result), wrong: false, turn: await turnOf(given.device ?? null, given.action ?? "", before) };
    } else {
      const clock = await call("POST", inWorld(world, "clock", "advance"), step.kind === "until" ? { until: step.until } : { seconds: step.seconds });
      outcome = { text: "", wrong: false };
      result = clock;
    }
    const more = Object.fromEntries(Object.entries(step.keep || {}).map(([name, path]) => [name, at(result, path)]));
    setKept({ ...kept, ...more });
    return outcome;
  };
  return html`<ol ref=${list} class="steps recipe" aria-label=${recipe.title}>
    ${recipe.steps.map(
      (step, i) => html`<li key=${i} class=${i < next ? "done" : i === next ? "next" : "later"}>
        <b>${step.title}</b>
        ${step.why && html`<p class="quiet">${step.why}</p>`}
        ${step.kind === "request" && html`<code>${step.method} ${readable(String(/** @type {Step} */ (withKept(step, kept)).target))}</code>`}
        ${i === next && html`<p><button class="main" disabled=${busy} onClick=${run}>${busy ? "…" : outcomes[i]?.wrong ? "try again" : "do it"}</button></p>`}
        ${outcomes[i] && html`<${Result} outcome=${outcomes[i]} select=${select} waiting=${waiting} />`}
      </li>`,
    )}
    ${next >= recipe.steps.length && html`<li class="done"><b>Done.</b> <span class="quiet">Choose “why?” at a step to see its rules, and what the device's clock showed.</span></li>`}
  </ol>`;
}

/** Fill in what earlier steps kept. @param {any} thing @param {Record<string, unknown>} kept @returns {any} */
function withKept(thing, kept) {
  if (typeof thing === "string")
    return thing.replace(/{{ *([a-z_]+) *}}/g, (whole, name) => (name in kept ? (typeof kept[name] === "string" ? String(kept[name]) : JSON.stringify(kept[name])) : whole));
  if (Array.isArray(thing)) return thing.map((one) => withKept(one, kept));
  if (thing && typeof thing === "object") return Object.fromEntries(Object.entries(thing).map(([key, value]) => [key, withKept(value, kept)]));
  return thing;
}

/** @param {any} thing @param {string} path @returns {unknown} */
function at(thing, path) {
  return path.split(".").reduce((found, key) => found?.[key], thing);
}

/** @param {string} text */
function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {string} target */
function readable(target) {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}

// ---- any request

/** @param {{form: RequestForm, world: string, vendor: string, select: (n: number) => void, waiting: Map<number, number>}} props */
function RequestEditor({ form, world, vendor, select, waiting }) {
  const fields = form.fields || [];
  const [values, setValues] = useState(/** @type {Record<string, string>} */ (Object.fromEntries(fields.map((one) => [`${one.where} ${one.name}`, one.value || ""]))));
  const [headers, setHeaders] = useState((form.headers || []).map(([name, value]) => `${name}: ${value}`).join("\n"));
  const [query, setQuery] = useState((form.query || []).map(([name, value]) => `${name}=${value}`).join("&"));
  const [body, setBody] = useState(form.body || "");
  const [outcome, setOutcome] = useState(/** @type {Outcome | null} */ (null));
  const submit = async (event) => {
    event.preventDefault();
    try {
      const given = headers
        .split("\n")
        .filter((line) => line.includes(":"))
        .map((line) => [line.slice(0, line.indexOf(":")).trim(), line.slice(line.indexOf(":") + 1).trim()]);
      const sent = fields.some((one) => one.where === "form") ? pairs("form") : body;
      const entry = await call("POST", inWorld(world, vendor, "requests"), { method: form.method, target: target(), headers: given, body: sent, site: form.site });
      setOutcome(outcomeOf(entry));
    } catch (error) {
      setOutcome(refusal(error));
    }
  };
  const pairs = (where) =>
    fields
      .filter((one) => one.where === where && values[`${where} ${one.name}`] !== "")
      .map((one) => `${encoded(one.name)}=${encoded(values[`${where} ${one.name}`])}`)
      .join("&");
  const target = () => {
    const path = form.path.replace(/{([^}]+)}/g, (whole, name) => encoded(values[`path ${name}`] ?? whole));
    const asked = [pairs("query"), query.split("&").filter(Boolean).map((pair) => pair.split("=").map(encoded).join("=")).join("&")].filter(Boolean).join("&");
    return asked ? `${path}?${asked}` : path;
  };
  return html`<form class="request" onSubmit=${submit}>
    <p class="quiet">${form.title} <i>${form.chapter}</i></p>
    ${fields.map((one) => {
      const key = `${one.where} ${one.name}`;
      const change = (event) => setValues({ ...values, [key]: event.target.value });
      return html`<label class="field" title=${one.about}
        ><span>${one.name}${one.required ? "" : html` <i class="quiet">optional</i>`}</span>
        ${one.choices && one.choices.length
          ? html`<select onChange=${change}>
              ${["", ...one.choices].map((choice) => html`<option value=${choice} selected=${choice === values[key]}>${choice || "–"}</option>`)}
            </select>`
          : html`<input value=${values[key]} onInput=${change} />`}
      </label>`;
    })}
    ${(form.query || []).length > 0 && html`<label class="field"><span>credentials</span><input value=${query} onInput=${(event) => setQuery(event.target.value)} /></label>`}
    <label class="field"><span>headers</span><textarea rows=${Math.max(1, headers.split("\n").length)} value=${headers} onInput=${(event) => setHeaders(event.target.value)}></textarea></label>
    ${form.body && html`<label class="field"><span>body</span><textarea rows=${Math.min(14, body.split("\n").length)} value=${body} onInput=${(event) => setBody(event.target.value)}></textarea></label>`}
    <p><code>${form.method} ${readable(target())}</code></p>
    <button class="main">send</button> <span class="quiet">${"{{…}}"} stands for a credential of this world</span>
    ${outcome && html`<${Result} outcome=${outcome} select=${select} waiting=${waiting} />`}
  </form>`;
}

/** Percent-encode a text, and leave placeholders as they are: the server fills them in. @param {string} text */
function encoded(text) {
  return encodeURIComponent(text).replace(/%7B%7B(.*?)%7D%7D/g, "{{$1}}");
}
