"""Requests that a client did not send: its own with one change, and other operations of the vendor's document.

The client's requests show how to sign in, and which ids, cards and codes there are (`known_values`). What they do not show comes
from the schemas and examples of the vendor's OpenAPI document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from lockpact.core.traffic import Exchange, Headers
from lockpact.simulators.changes import ChangeMaker, without_gaps
from lockpact.simulators.documents import METHODS, document
from lockpact.simulators.known_values import KnownValues, Scalar, fields_of

__all__ = ["MadeRequest", "RequestMaker", "documented_values", "latest_of_each_kind"]

_PARAMETER = re.compile(r"{([^}]*)}")
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_WITHIN = frozenset({"schema", "items", "anyOf", "oneOf", "allOf"})
"""Keys of a schema within which the values still belong to the same name."""
_DEPTH = 3
"""How deep optional members are made."""
_UNCALLED, _OPTIONAL, _SAME_BODY, _EXAMPLE, _ODD = 0.7, 0.4, 0.5, 0.3, 0.1
"""How often an operation is one that the client has not called; has an optional parameter; gets the body of another request; is
its example; has a value that is not one of its own."""
_OF_THE_BODY = frozenset({"content-length", "content-type", "transfer-encoding"})


class MadeRequest(NamedTuple):
    """One request."""

    site: str
    method: str
    target: str
    headers: Headers
    body: bytes


class _Operation(NamedTuple):
    """An operation of the document. `_Document.resolved` follows the references of what it has."""

    method: str
    path: str
    pattern: re.Pattern[str]
    """Matches the paths of its requests, below any base path. Its groups are the base path and the parameters."""
    parameters: Sequence[Any]
    body: Any


class _Document:
    """A vendor's OpenAPI document."""

    def __init__(self, vendor: str) -> None:
        self._whole = document(vendor)
        self.operations = [
            _Operation(
                method.upper(),
                path,
                _pattern(path),
                [*item.get("parameters", ()), *one.get("parameters", ())],
                one.get("requestBody"),
            )
            for path, item in self._whole["paths"].items()
            for method, one in item.items()
            if method in METHODS
        ]  # fmt: skip
        schemes = self._whole.get("components", {}).get("securitySchemes", {}).values()
        self.keys = frozenset(scheme["name"] for scheme in schemes if scheme.get("in") == "query")
        """The names of query parameters that are credentials."""
        self.values: dict[str, list[Any]] = {}
        """Name of a member or parameter → its values in the examples of requests, and in enumerations."""
        self._find_enumerations(self._whole, "")
        for one in self.operations:
            for parameter in map(self.resolved, one.parameters):
                self._add_values(parameter.get("example"), parameter["name"])
            for content in self.resolved(one.body or {}).get("content", {}).values():
                self._add_values(content.get("example"), "")

    def _find_enumerations(self, thing: Any, name: str) -> None:
        if isinstance(thing, list):
            for one in thing:
                self._find_enumerations(one, name)
        elif isinstance(thing, dict):
            if isinstance(thing.get("enum"), list):
                self.values.setdefault(name, []).extend(thing["enum"])
            for key, one in thing.items():
                inner = thing["name"] if key == "schema" and isinstance(thing.get("name"), str) else name
                self._find_enumerations(one, inner if key in _WITHIN else key)

    def _add_values(self, example: Any, name: str) -> None:
        if isinstance(example, dict):
            for key, one in example.items():
                self._add_values(one, key)
        elif isinstance(example, list):
            for one in example:
                self._add_values(one, name)
        elif example is not None and example not in (known := self.values.setdefault(name, [])):
            known.append(example)

    def resolved(self, thing: Any) -> Any:
        """Return what this is, or what it refers to."""
        while isinstance(thing, Mapping) and "$ref" in thing:
            found: Any = self._whole
            for part in thing["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/")]
            thing = found
        return thing

    def base_of(self, sent: Exchange) -> str:
        """Return the part of a request's path before the operation's own."""
        matches = (one.pattern.fullmatch(sent.path.rstrip("/")) for one in self.operations)
        return min((match[1] for match in matches if match is not None), key=len, default="")


_document = cache(_Document)


def _pattern(path: str) -> re.Pattern[str]:
    parts = (
        "([^/]+)" if part.startswith("{") else re.escape(part) for part in re.split(r"({[^}]*})", path.rstrip("/"))
    )
    return re.compile(f"(.*?){''.join(parts)}")


class RequestMaker:
    """Makes requests from those of a client, which must have sent one at least."""

    def __init__(self, vendor: str, exchanges: Sequence[Exchange], known: KnownValues, random: Random) -> None:
        self._document = _document(vendor)
        self._exchanges, self._known, self._random = exchanges, known, random
        self._changes = ChangeMaker(known.named, self._document.values, random)
        self._accepted = [one for one in exchanges if one.status is not None and one.status < 400] or exchanges
        """Show how to sign in: a client has wrong credentials, too."""
        self._changeable = latest_of_each_kind(one for one in exchanges if one.body or one.query)
        called = {(one.method, one.path.rstrip("/")) for one in exchanges}
        self._uncalled: list[_Operation] = []
        for operation in self._document.operations:
            found = [operation.pattern.fullmatch(path) for method, path in called if method == operation.method]
            for match in filter(None, found):
                self._learn_ids(operation, match)
            if not any(found):
                self._uncalled.append(operation)

    def _learn_ids(self, operation: _Operation, match: re.Match[str]) -> None:
        """Learn the ids in a path of the client."""
        for n, name in enumerate(_PARAMETER.findall(operation.path), 2):
            self._known.learn_id(match.string[: match.start(n)], name, match[n])

    # ---- the client's own requests, with a change

    def changed(self) -> MadeRequest:
        """Return a request of the client with a change in its body or its query, or with two."""
        sent = self._random.choice(self._changeable or self._exchanges)
        path, query, fields = sent.target.partition("?")[0], dict(sent.query), fields_of(sent.body)
        query, fields = self._changes.changed(query, fields)
        return self._made(sent, sent.method, path, query, fields if sent.body else None, form=_is_form(sent))

    # ---- other operations

    def unasked(self) -> MadeRequest:
        """Return a request for an operation of the document, mostly one that the client has not called."""
        some = self._uncalled if self._random.random() < _UNCALLED else []
        some = some or self._document.operations
        operation = self._random.choice(
            [*some, *(one for one in some if one.method != "GET")]
        )  # what changes more is asked more
        sent = self._random.choice(self._accepted)
        base = self._document.base_of(sent)
        path = base + self._path(base, operation)
        query = {name: value for name, value in sent.query if name in self._document.keys}
        for parameter in map(self._document.resolved, operation.parameters):
            if parameter["in"] == "query" and (parameter.get("required") or self._random.random() < _OPTIONAL):
                query[parameter["name"]] = self._value(parameter, parameter["name"], path)
        form, body = self._body(operation, path)
        return self._made(sent, operation.method, path, query, body, form=form)

    def _path(self, base: str, operation: _Operation) -> str:
        """Return the path with ids of the objects that its collections have."""
        path = ""
        for part in operation.path.split("/")[1:]:
            if part.startswith("{"):
                ids = self._known.ids_below(base + path) or self._known.named(part.strip("{}")) or ["1"]
                path += f"/{quote(str(self._random.choice(ids)), safe='')}"
            else:
                path += f"/{part}"
        return path

    def _body(self, operation: _Operation, path: str) -> tuple[bool, Any]:
        """Return whether the body is a form, and its fields; None for no body."""
        content = self._document.resolved(operation.body or {}).get("content", {})
        kind = next((kind for kind in (_JSON, _FORM) if kind in content), None)
        if kind is None:
            return False, None
        made = self._value(content[kind], "", path)
        sent = [fields_of(one.body) for one in self._accepted if one.body] if isinstance(made, dict) else []
        common = [len(one.keys() & made.keys()) if isinstance(one, dict) else 0 for one in sent]
        if any(common) and self._random.random() < _SAME_BODY:
            found = self._random.choice([one for one, n in zip(sent, common, strict=True) if n == max(common)])
            return kind == _FORM, self._changes.with_change(found) if self._random.random() < _SAME_BODY else found
        return kind == _FORM, made

    def _value(self, holder: Mapping[str, Any], name: str, path: str, depth: int = 0) -> Any:
        """Return a value for a parameter, a media type or a schema."""
        schema = self._document.resolved(holder.get("schema", holder))
        if "example" in holder and self._random.random() < _EXAMPLE:
            return holder["example"]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        if "properties" in schema:
            return self._object(schema, path, depth)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._value(self._random.choice(schema[key]), name, path, depth)
        if "allOf" in schema:
            parts = [self._value(part, name, path, depth) for part in schema["allOf"]]
            objects = [one for one in parts if isinstance(one, dict)]
            return {k: v for one in objects for k, v in one.items()} if len(objects) == len(parts) else parts[0]
        kind = schema.get("type", "string")
        kind = kind if isinstance(kind, str) else kind[0] if self._random.random() > _ODD else self._random.choice(kind)
        if kind == "object":
            return self._object(schema, path, depth)
        if kind == "array":
            return [
                self._value(schema.get("items", {}), name, path, depth + 1)
                for _ in range(self._random.choice((1, 1, 1, 2, 0)))
            ]
        if kind == "boolean":
            return self._random.random() < 0.5
        value = None if kind == "null" else self._scalar(schema, name, kind, path)
        return self._changes.other(name, value) if value is not None and self._random.random() < _ODD else value

    def _object(self, schema: Mapping[str, Any], path: str, depth: int) -> dict[str, Any]:
        wanted = schema.get("required", ())
        return {
            key: self._value(one, key, path, depth + 1)
            for key, one in schema.get("properties", {}).items()
            if key in wanted or (depth < _DEPTH and self._random.random() < _OPTIONAL)
        }

    def _scalar(self, schema: Mapping[str, Any], name: str, kind: str, path: str) -> Scalar:
        options: list[Any] = [*self._known.named(name, path), *self._document.values.get(name, ())]
        if not options and schema.get("format") == "date-time":
            options = self._known.times()
        options = [*options, *(schema[key] for key in ("minimum", "maximum", "default", "example") if key in schema)]
        value = self._random.choice([one for one in options if one is not None] or ["1"])
        if kind in ("integer", "number"):
            return (
                value
                if isinstance(value, int | float)
                else int(value)
                if str(value).isdecimal() and len(value) < 16
                else 1
            )
        return str(value)

    # ---- one request

    def _made(self, like: Exchange, method: str, path: str, query: Any, body: Any, *, form: bool) -> MadeRequest:
        """Return a request with the headers of a request of the client."""
        query, body = without_gaps(query), without_gaps(body)
        headers = tuple((name, value) for name, value in like.headers if name.lower() not in _OF_THE_BODY)
        content = b""
        if body is not None and form and isinstance(body, dict):
            fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in body.items()}
            content, headers = urlencode(fields).encode(), (*headers, ("Content-Type", _FORM))
        elif body is not None:
            content, headers = json.dumps(body).encode(), (*headers, ("Content-Type", _JSON))
        elif method == "GET":
            headers = tuple((name, value) for name, value in like.headers if name.lower() != "content-length")
        target = path + (f"?{urlencode(query)}" if query else "")
        return MadeRequest(like.site, method, target, headers, content)


def latest_of_each_kind(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """Return the last exchange of each operation, object and set of members, in their order."""
    latest: dict[tuple[str, ...], Exchange] = {}
    for exchange in exchanges:
        fields = fields_of(exchange.body)
        names = sorted(fields) if isinstance(fields, dict) else []
        kind = (exchange.method, exchange.site, exchange.path, *names)
        latest.pop(kind, None)
        latest[kind] = exchange
    return list(latest.values())


def documented_values(vendor: str) -> Mapping[str, Sequence[Any]]:
    """Return name of a member or parameter → its values in the vendor's document, in examples and enumerations."""
    return _document(vendor).values


def _is_form(sent: Exchange) -> bool:
    return any(name.lower() == "content-type" and _FORM in value.lower() for name, value in sent.headers)
