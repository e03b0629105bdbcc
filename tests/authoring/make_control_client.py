"""Write the control client for Node, `control.mjs` and its types, from the control API's OpenAPI document (`make generate`).

python -m tests.authoring.make_control_client

An operation about a world is a method of `World`, any other one of `Control`. What the path names comes first, then one object
with the query or the body. The arguments of device actions, which the document leaves open, come from the vendors' tables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

from locksim import registry
from locksim.engine.vendor import argument_schema
from locksim.server.control_document import openapi

__all__ = ["FOLDER", "files"]

FOLDER = Path(__file__).parents[2] / "contracts" / "lockpact" / "kits" / "node"
_WIDTH = 120
_STREAM = "text/event-stream"

_HEAD = """\
// A client of the control API of `locksim serve`, for tests: worlds, time, devices, faults, deliveries, snapshots.
//
// Generated from the control API's OpenAPI document (locksim openapi): run `make generate`. Types are in control.d.mts.

const { fetch } = globalThis // a test may put another one in its place
const DEFAULT = 'http://127.0.0.1:8700/_sim'

export class ControlError extends Error {
  constructor (message, status) {
    super(message)
    this.name = 'ControlError'
    this.status = status
  }
}

async function call (control, method, segments, query, body) {
  const url = new URL([control.url, ...segments.map(encodeURIComponent)].join('/'))
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) url.searchParams.set(name, String(value))
  }
  const headers = control.token === undefined ? {} : { Authorization: `Bearer ${control.token}` }
  let answer, text
  try {
    answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
    text = await answer.text()
  } catch (error) {
    const why = error.cause?.message || error.cause?.code || error.message
    throw new ControlError(`the control API at ${control.url} cannot be called (${why}); is locksim serve running?`, 0)
  }
  if (answer.ok && !/json\\b/.test(answer.headers.get('content-type') ?? '')) return text
  let found
  try { found = JSON.parse(text) } catch {
    if (answer.ok && /jsonl/.test(answer.headers.get('content-type') ?? '')) return text
    throw new ControlError(`${method} ${url} answered ${answer.status} without JSON; is it a control API?`, answer.status)
  }
  if (!answer.ok) throw new ControlError(found.error ?? `${method} ${url} answered ${answer.status}`, answer.status)
  return found
}
"""
_CONTROL = """
export class Control {
  constructor (url = process.env.LOCKPACT_CONTROL ?? DEFAULT, { token = process.env.LOCKSIM_ADMIN_TOKEN } = {}) {
    this.url = String(url).replace(/\\/+$/, '').replace(/\\/_sim$/, '') + '/_sim'
    this.token = token
  }

  async world (name = 'default') {
    return new World(this, await call(this, 'GET', ['worlds', name]))
  }
"""
_WORLD = """
export class World {
  constructor (control, details) {
    this.control = control
    this.details = details
    this.name = details.name
    this.vendors = details.vendors
  }
"""
_TYPES_HEAD = """\
// The types of control.mjs. Generated from the control API's OpenAPI document: run `make generate`.

/** A refusal, in the control API's words. `status`: 400 invalid, 404 there is none, 409 impossible now, 0 no answer. */
export class ControlError extends Error {
  readonly status: number
  constructor(message: string, status: number)
}
"""
_CONTROL_TYPES = """
/** The control API of one server. */
export class Control {
  readonly url: string
  /**
   * @param url the control API, as the connection info has it. By default LOCKPACT_CONTROL of the environment, then
   *   http://127.0.0.1:8700/_sim.
   * @param options `token`: the server's admin token. By default LOCKSIM_ADMIN_TOKEN of the environment.
   */
  constructor(url?: string | { toString(): string }, options?: { token?: string })
  /** Read a world of this name (`default`), to act on it. */
  world(name?: string): Promise<World>
"""
_WORLD_TYPES = """
/** A world: it has its own time, state, devices, faults and journal. */
export class World {
  readonly control: Control
  readonly name: string
  /** The world as it was when this object was made. */
  readonly details: WorldDetails
  /** Vendor → its URL and credentials, as they were when this object was made. */
  readonly vendors: Record<VendorName, VendorAddress>
"""


@dataclass(frozen=True)
class Method:
    """One operation of the document, as a method.

    Attributes:
        id: its operationId.
        verb: its HTTP method.
        path: its path.
        parameters: its parameters, those of the path first.
        body: the schema of its body, if it has one.
        body_required: whether the body must be sent.
        answer: the schema of its answer.
        makes_world: whether it answers with a new world.
        text: what it does.
    """

    id: str
    verb: str
    path: str
    parameters: tuple[Mapping[str, Any], ...]
    body: Mapping[str, Any] | None
    body_required: bool
    answer: Mapping[str, Any]
    makes_world: bool
    text: str

    @property
    def of_world(self) -> bool:
        """Whether it is about one world."""
        return self.path.startswith("/worlds/{w}")

    @property
    def name(self) -> str:
        """The method's name: the class says already that it is about a world."""
        return self.id.removesuffix("World") if self.of_world else self.id

    @property
    def in_path(self) -> list[Mapping[str, Any]]:
        """The parameters that come first."""
        return [one for one in self.parameters if one["in"] == "path" and one["name"] != "w"]

    @property
    def query(self) -> list[Mapping[str, Any]]:
        """The parameters of the query."""
        return [one for one in self.parameters if one["in"] == "query"]


def methods(document: Mapping[str, Any]) -> Iterator[Method]:
    """Yield the operations that have one answer; the stream of turns has none."""
    for path, item in document["paths"].items():
        for verb, one in item.items():
            if verb == "parameters":
                continue
            status, success = next((status, answer) for status, answer in one["responses"].items() if status < "3")
            ((kind, content),) = success["content"].items()
            if kind == _STREAM:
                continue
            body = one.get("requestBody")
            yield Method(
                one["operationId"],
                verb.upper(),
                path,
                (*item.get("parameters", ()), *one.get("parameters", ())),
                body["content"]["application/json"]["schema"] if body else None,
                bool(body and body.get("required")),
                content["schema"],
                status == "201" and content["schema"].get("$ref", "").endswith("/WorldDetails"),
                " ".join(f"{one['summary']} {one.get('description', '')}".split()),
            )


# ---- the module


def module(document: Mapping[str, Any]) -> str:
    """Return the text of `control.mjs`."""
    every = list(methods(document))
    control = [one for one in every if not one.of_world]
    world = [one for one in every if one.of_world]
    parts = [_HEAD, _CONTROL, *map(_javascript, control), "}\n", _WORLD, *map(_javascript, world), "}\n"]
    return "".join(parts)


def _javascript(method: Method) -> str:
    names = [_variable(one["name"]) for one in method.in_path]
    given = ["query"] if method.query else ["body"] if method.body else []
    segments = ", ".join(_segment(part) for part in method.path.split("/")[1:] if part)
    owner = "this.control" if method.of_world else "this"
    words = [owner, f"'{method.verb}'", f"[{segments}]"]
    if given:
        words += ["query"] if method.query else ["undefined", "body"]
    made = f"call({', '.join(words)})"
    head = f"\n  {'async ' if method.makes_world else ''}{method.name} ({', '.join([*names, *given])}) {{\n"
    if method.makes_world:
        return f"{head}    return new World({owner}, await {made})\n  }}\n"
    return f"{head}    return {made}\n  }}\n"


def _segment(part: str) -> str:
    if part == "{w}":
        return "this.name"
    return _variable(part[1:-1]) if part.startswith("{") else f"'{part}'"


def _variable(name: str) -> str:
    return {"s": "snapshot", "n": "entry"}.get(name, name)


# ---- the types


def types(document: Mapping[str, Any]) -> str:
    """Return the text of `control.d.mts`."""
    every = list(methods(document))
    lines: list[str] = [_TYPES_HEAD, _CONTROL_TYPES]
    lines += [line for one in every if not one.of_world for line in _declaration(one)]
    lines += ["}\n", _WORLD_TYPES]
    lines += [line for one in every if one.of_world for line in _declaration(one)]
    lines.append("}\n\n")
    lines.append(f"export type VendorName = {' | '.join(map(repr, registry.NAMES))}\n\n")
    lines += _actions("DeviceActions", "Vendor → the actions of its devices → their arguments.", _device_actions)
    lines += _actions("SupportActions", "Vendor → what its staff or the owner does → the arguments.", _support_actions)
    for name, schema in document["components"]["schemas"].items():
        if name == "Error":  # a refusal is a ControlError, and the name would hide the language's own
            continue
        lines.append(_comment(schema.get("description", ""), ""))
        lines.append(f"export interface {name} {_type(schema, '')}\n\n")
    return "".join(lines).rstrip() + "\n"


def _declaration(method: Method) -> Iterator[str]:
    yield _comment(method.text, "  ")
    answer = "World" if method.makes_world else _type(method.answer, "  ")
    generic, taken = "", []
    actions = {"actOnDevice": "DeviceActions", "callSupport": "SupportActions"}.get(method.id)
    for one in method.in_path:
        known = "VendorName" if one["name"] == "vendor" else _type(one["schema"], "  ")
        taken.append(f"{_variable(one['name'])}: {known}")
    if actions:
        generic = f"<V extends VendorName, A extends string & keyof {actions}[V]>"
        taken = [{"vendor: VendorName": "vendor: V", "action: string": "action: A"}.get(one, one) for one in taken]
        taken.append(f"body?: {actions}[V][A] & {{ after?: number }}")
    elif method.query:
        properties = {one["name"]: _described(one) for one in method.query}
        members = {"type": "object", "properties": properties, "additionalProperties": False}
        taken.append(f"query?: {_type(members, '  ')}")
    elif method.body is not None:
        taken.append(f"body{'' if method.body_required else '?'}: {_type(method.body, '  ')}")
    yield f"  {method.name}{generic}({', '.join(taken)}): Promise<{answer}>\n"


def _described(parameter: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": parameter["description"], **parameter["schema"]}


def _device_actions(name: str) -> dict[str, list[Callable[..., Any]]]:
    found: dict[str, list[Callable[..., Any]]] = {}
    for actions in registry.load(name).actions.values():
        for action, function in actions.items():
            found.setdefault(action, []).append(function)
    return found


def _support_actions(name: str) -> dict[str, list[Callable[..., Any]]]:
    return {action: [function] for action, function in registry.load(name).support.items()}


def _actions(
    name: str, comment: str, of_vendor: Callable[[str], Mapping[str, Iterable[Callable[..., Any]]]]
) -> Iterator[str]:
    yield f"/** {comment} */\nexport interface {name} {{\n"
    for vendor in registry.NAMES:
        yield f"  {vendor}: {{\n"
        for action, functions in of_vendor(vendor).items():
            kinds = dict.fromkeys(_type(argument_schema(function), "    ") for function in functions)
            yield _comment(" ".join((next(iter(functions)).__doc__ or "").split("\n\n")[0].split()), "    ")
            yield f"    {action}: {' | '.join(kinds)}\n"
        yield "  }\n"
    yield "}\n\n"


def _type(schema: Mapping[str, Any], indent: str) -> str:
    """Return a JSON schema as a TypeScript type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(json.dumps(value).replace('"', "'") for value in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " | ".join(dict.fromkeys(_type(one, indent) for one in schema[key]))
    match schema.get("type"):
        case "string":
            return "string"
        case "integer" | "number":
            return "number"
        case "boolean":
            return "boolean"
        case "null":
            return "null"
        case "array" if "prefixItems" in schema:
            return f"[{', '.join(_type(one, indent) for one in schema['prefixItems'])}]"
        case "array":
            inner = _type(schema.get("items", {}), indent)
            return f"Array<{inner}>"
        case "object":
            return _object(schema, indent)
        case None:
            return "any"
        case other:
            raise NotImplementedError(f"a schema of type {other!r}")


def _object(schema: Mapping[str, Any], indent: str) -> str:
    properties = schema.get("properties", {})
    more = schema.get("additionalProperties", not properties or None)
    if not properties:
        if more is False:
            return "{}"
        return f"Record<string, {_type(more, indent) if isinstance(more, Mapping) else 'any'}>"
    lines = ["{\n"]
    for name, one in properties.items():
        lines.append(_comment(one.get("description", ""), f"{indent}  "))
        mark = "" if name in schema.get("required", ()) else "?"
        lines.append(f"{indent}  {_key(name)}{mark}: {_type(one, f'{indent}  ')}\n")
    if more is not False:
        lines.append(f"{indent}  [member: string]: any\n")
    return "".join([*lines, f"{indent}}}"])


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else repr(name)


def _comment(text: str, indent: str) -> str:
    text = " ".join(text.split()).replace("*/", "* /")
    if not text:
        return ""
    if len(text) + len(indent) + 7 <= _WIDTH:
        return f"{indent}/** {text} */\n"
    lines = wrap(text, _WIDTH - len(indent) - 3)
    return "".join([f"{indent}/**\n", *(f"{indent} * {line}\n" for line in lines), f"{indent} */\n"])


def files() -> dict[str, str]:
    """Return the name of each file → its text."""
    document = json.loads(json.dumps(openapi()))
    return {"control.mjs": module(document), "control.d.mts": types(document)}


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, "utf-8")
