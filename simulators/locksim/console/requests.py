"""Forms for requests to a vendor: one for each row of its operation table. What they take is in its OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from locksim.engine.display import Display, OperationRow, fill
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore

__all__ = ["RequestField", "RequestForm", "filled", "request_forms"]

_DEEPEST = 6
"""How deep an example is made from a schema."""
_URL_ENCODED = "application/x-www-form-urlencoded"


class RequestField(msgspec.Struct, omit_defaults=True):
    """A parameter of the path, the query or a form."""

    name: str
    where: str
    required: bool = False
    value: str = ""
    """A value that fits this world, or an example."""
    choices: list[str] = []
    about: str = ""


class RequestForm(msgspec.Struct, omit_defaults=True):
    """A request that can be sent. Texts may have placeholders for credentials: `{{token}}`."""

    method: str
    path: str
    """With the base, and with `{parameters}`."""
    title: str
    chapter: str
    effect: str
    site: str
    fields: list[RequestField] = []
    query: list[tuple[str, str]] = []
    """The query parameters with credentials."""
    headers: list[tuple[str, str]] = []
    body: str = ""
    media_type: str = ""


def request_forms(core: WorldCore, name: str) -> list[RequestForm]:
    """Return the forms of a vendor, in the order of its table. Raises Unknown."""
    vendor = core.vendor(name)
    display = vendor.display()
    if display is None:
        return []
    examples = display.examples(core.begin_turn(name), core.state(name))
    document = _document(vendor.openapi)
    return [_form(vendor, display, row, examples, document) for row in display.operations]


def filled(core: WorldCore, vendor: str, site: str, text: str, *, quote: Any = str) -> str:
    """Return a text with this world's credentials in place of their placeholders. Raises Unknown."""
    if "{{" not in text:
        return text
    display = core.vendor(vendor).display()
    if display is None:
        return text
    return fill(text, display.values(core.begin_turn(vendor), core.state(vendor), site), quote)


def _form(
    vendor: Vendor, display: Display, row: OperationRow, examples: Mapping[str, str], document: Mapping[str, Any]
) -> RequestForm:
    described = document["paths"].get(row.path, {}).get(row.method.lower(), {})
    media_type, body = _body(described, document, examples)
    fields = list(_fields(row, described, document, examples))
    needs = row.path not in display.without_credentials
    headers = list(display.headers) if needs else []
    if media_type and all(header.lower() != "content-type" for header, _ in headers):
        headers.append(("Content-Type", media_type))
    if media_type == _URL_ENCODED:
        fields += [RequestField(key, "form", value=str(value)) for key, value in body.items()]
    return RequestForm(
        method=row.method,
        path=display.base + row.path,
        title=" ".join((row.handler.__doc__ or "").split("\n\n")[0].split()),
        chapter=row.chapter,
        effect=row.effect,
        site=display.site_of(row.path) or vendor.sites[0].name,
        fields=fields,
        query=list(display.query) if needs else [],
        headers=headers,
        body="" if not media_type or media_type == _URL_ENCODED else json.dumps(body, indent=2, ensure_ascii=False),
        media_type=media_type,
    )


def _fields(
    row: OperationRow, described: Mapping[str, Any], document: Mapping[str, Any], examples: Mapping[str, str]
) -> Iterator[RequestField]:
    """Yield the parameters of path and query, with what the OpenAPI document says about each."""
    known = {one["name"]: one for one in (_resolved(part, document) for part in described.get("parameters", ()))}
    for parameter in row.parameters:
        if parameter.where not in ("path", "query"):
            continue
        about = known.get(parameter.name, {})
        schema = _resolved(about.get("schema", {}), document)
        example = about.get("example", schema.get("example", ""))
        value = examples.get(parameter.name, str(example) if parameter.required else "")
        yield RequestField(
            parameter.name,
            parameter.where,
            parameter.required,
            value if parameter.required else "",
            [str(choice) for choice in schema.get("enum", ())],
            " ".join(str(about.get("description", "")).split()),
        )


def _body(described: Mapping[str, Any], document: Mapping[str, Any], examples: Mapping[str, str]) -> tuple[str, Any]:
    """Return the media type and an example of the body; "" without a body."""
    content = _resolved(described.get("requestBody", {}), document).get("content", {})
    if not content:
        return "", None
    media_type = "application/json" if "application/json" in content else next(iter(content))
    part = content[media_type]
    if "example" in part:
        example = part["example"]
    elif part.get("examples"):
        example = _resolved(next(iter(part["examples"].values())), document).get("value")
    else:
        example = _example(part.get("schema", {}), document)
    return media_type, _in_this_world(example if isinstance(example, dict) else {}, examples)


def _example(schema: Mapping[str, Any], document: Mapping[str, Any], depth: int = 0) -> Any:
    """Return an example of a schema: its own, or one that is made from its required members."""
    schema = _resolved(schema, document)
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("oneOf", "anyOf", "allOf"):
        if schema.get(key):
            return _example(schema[key][0], document, depth + 1)
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        names = [name for name in properties if name in required] or list(properties)[:3]
        return {} if depth > _DEEPEST else {name: _example(properties[name], document, depth + 1) for name in names}
    if kind == "array":
        return [] if depth > _DEEPEST else [_example(schema.get("items", {}), document, depth + 1)]
    return {"integer": 1, "number": 1, "boolean": True}.get(str(kind), "")


def _in_this_world(example: Any, values: Mapping[str, str]) -> Any:
    """Return an example with values that exist in this world, where a member's name says which."""
    if isinstance(example, dict):
        return {
            key: values[key] if key in values and isinstance(value, str) else _in_this_world(value, values)
            for key, value in example.items()
        }
    return [_in_this_world(one, values) for one in example] if isinstance(example, list) else example


def _resolved(part: Any, document: Mapping[str, Any]) -> Any:
    """Follow a reference within the document."""
    seen = 0
    while isinstance(part, dict) and "$ref" in part and seen < _DEEPEST:
        found: Any = document
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        part, seen = found, seen + 1
    return part


@cache
def _document(path: Path) -> dict[str, Any]:
    """Read an OpenAPI document, once in a process."""
    import yaml  # a server starts without it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = yaml.load(path.read_bytes(), Loader=loader)  # noqa: S506 - both are safe loaders
    return found
