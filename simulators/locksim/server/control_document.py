"""The OpenAPI document of the control API, generated from the table of its operations.

Whatever a request may have comes from the operation's arguments, and whatever an answer has from its type. Members of answers
are always present, unless they may be unset, and there are no others; only `VendorAddress` is open, since vendors add to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Annotated, Any

import msgspec

from locksim.engine.commands import Name
from locksim.server.control_answers import InjectedFault, VendorAddress
from locksim.server.control_operation import ControlOperation
from locksim.server.operations import OPERATIONS, TAGS
from locksim.server.world_options import DEFAULT
from locksim.version import __version__

__all__ = ["arguments_schema", "openapi"]

_INFO = {
    "title": "locksim control API",
    "version": __version__,
    "summary": "The simulators' own API: worlds, time, devices, faults, deliveries, journal.",
    "description": """\
What a tester can do to the simulators, and no vendor offers. Requests and answers are JSON. A body may be left out where none
of its members is required. Every refusal is `{"error": sentence}`. Times are ISO 8601 in UTC, lengths are seconds of the
world's time.

Some refusals come before any operation, and are not listed with each: 400 for what is not HTTP/1.1 or names no host, 403 for
pages of other sites (`Origin`), 413 for bodies above 1 MiB, 421 for a `Host` that is not this machine, 431 for heads above
64 KiB. If worlds are kept on disk (`--data`), 503 means that the disk could not be written; then nothing has happened.
""",
}
_ERRORS = {
    400: ("Refused", "The request is invalid, and nothing has changed."),
    404: ("Unknown", "There is no such world, vendor, device, action, fault, scheduled command, snapshot or delivery."),
    409: ("Impossible", "It cannot be done now."),
    501: ("NotInstalled", "A library is not installed; the answer says which."),
    500: ("Failed", "The simulator itself failed, which is a defect of ours. The world is as it was before."),
}
_NAMES = {InjectedFault.__name__: "Fault"}
"""Class → its component, where the name of the class is longer than a reader of the document needs."""
_ABSENT = object()
_REFERENCE = "#/components/schemas/{name}"


class Error(msgspec.Struct):
    """A refusal."""

    error: Annotated[str, msgspec.Meta(min_length=1)]


@cache
def openapi() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the control API."""
    schemas = _every_schema()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        item = paths.setdefault(operation.path, _path_item(operation, schemas))
        item[operation.method.lower()] = _operation(operation, schemas)
    content = {"application/json": {"schema": schemas.of[Error]}}
    responses = {name: {"description": text, "content": content} for name, text in _ERRORS.values()}
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "http://127.0.0.1:8700/_sim"}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": paths,
        "components": {"responses": responses, "schemas": schemas.needed_by((paths, responses))},
    }


def arguments_schema(operation: ControlOperation) -> dict[str, Any]:
    """Return the JSON schema of all arguments of an operation, wherever they stand in its request, with `world` where it has one.

    It refers to nothing outside of itself.
    """
    schemas = _every_schema()
    shown = dict(schemas.members(operation))
    if "w" in operation.placeholders:
        world = {"description": "The world's name.", "default": DEFAULT, **schemas.of[Name]}
        shown["properties"] = {"world": world, **shown["properties"]}
    parts = schemas.needed_by(shown)
    text = msgspec.json.encode(shown | ({"$defs": parts} if parts else {})).decode()
    own: dict[str, Any] = msgspec.json.decode(text.replace(_REFERENCE.format(name=""), "#/$defs/"))
    return own


@cache
def _every_schema() -> _Schemas:
    return _Schemas(OPERATIONS)


class _Schemas:
    """The JSON schemas of all arguments and answers."""

    def __init__(self, operations: Iterable[ControlOperation]) -> None:
        arguments = list(dict.fromkeys(operation.arguments for operation in operations))
        types: list[Any] = [*arguments, Error, Name, *(operation.answer for operation in operations)]
        found: Sequence[dict[str, Any]]
        components: dict[str, dict[str, Any]]
        found, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
        self._components = {_NAMES.get(name, name): component for name, component in components.items()}
        self.of: dict[Any, dict[str, Any]] = {}
        """Type → its schema, often a reference to a component."""
        for type_, schema in zip(types, found, strict=True):
            self.of[type_] = schema
        asked = self._reachable([self.of[type_] for type_ in arguments])
        for name, component in self._components.items():
            if name not in asked:
                _close(component, is_open=name == VendorAddress.__name__)
        for node in _objects((self._components, found)):
            if "pattern" in node:
                node["pattern"] = node["pattern"].replace(r"\A", "^").replace(r"\Z", "$")  # as JSON schema writes them
            for name, other in _NAMES.items():
                if node.get("$ref") == _REFERENCE.format(name=name):
                    node["$ref"] = _REFERENCE.format(name=other)

    def members(self, operation: ControlOperation) -> dict[str, Any]:
        """Return the component of an operation's arguments."""
        return self._components[operation.arguments.__name__]

    def needed_by(self, node: Any) -> dict[str, Any]:
        """Return the components that a part of the document refers to, directly or not."""
        names = self._reachable(node)
        return {name: component for name, component in self._components.items() if name in names}

    def _reachable(self, node: Any) -> set[str]:
        found: set[str] = set()
        new = set(_references(node))
        while new:
            found |= new
            new = set(_references([self._components[name] for name in new])) - found
        return found


def _close(schema: dict[str, Any], *, is_open: bool) -> None:
    """Say that an answer has all its members, and no others."""
    properties = schema["properties"]
    with_default = [name for name, value in properties.items() if value.pop("default", _ABSENT) is not _ABSENT]
    present = {*schema.get("required", ()), *with_default}
    schema["required"] = [name for name in properties if name in present]
    if not is_open:
        schema["additionalProperties"] = False


def _path_item(operation: ControlOperation, schemas: _Schemas) -> dict[str, Any]:
    """Return the parameters in the path, which all methods of the path share."""
    parameters = []
    for placeholder in operation.placeholders:
        schema = {"description": "The world's name.", **schemas.of[Name]}
        if placeholder in operation.path_arguments:
            schema = schemas.members(operation)["properties"][operation.path_arguments[placeholder]]
        parameters.append(_parameter(placeholder, "path", _without_null(schema)) | {"required": True})
    return {"parameters": parameters} if parameters else {}


def _operation(operation: ControlOperation, schemas: _Schemas) -> dict[str, Any]:
    shown: dict[str, Any] = {"operationId": operation.id, "tags": [operation.tag], "summary": operation.title}
    if operation.description:
        shown["description"] = operation.description
    properties = schemas.members(operation)["properties"]
    if operation.has_query and operation.other_arguments:
        shown["parameters"] = [
            _parameter(name, "query", _without_null(properties[name])) for name in operation.other_arguments
        ]
    elif operation.has_body:
        shown["requestBody"] = _body(operation, schemas)
    content = {operation.media_type: {"schema": schemas.of[operation.answer]}}
    shown["responses"] = {str(operation.status): {"description": operation.answered, "content": content}}
    shown["responses"] |= {str(s): {"$ref": f"#/components/responses/{_ERRORS[s][0]}"} for s in operation.errors}
    return shown


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    schema = dict(schema)
    return {"name": name, "in": place, "description": schema.pop("description"), "schema": schema}


def _body(operation: ControlOperation, schemas: _Schemas) -> dict[str, Any]:
    schema = dict(schemas.members(operation))
    names = [name for name in operation.other_arguments if name != operation.rest]
    required = [name for name in schema["required"] if name in operation.other_arguments]
    schema["properties"] = {name: schema["properties"][name] for name in names}
    schema["required"] = [name for name in required if name in names]
    if operation.rest is not None:
        schema["additionalProperties"] = True
    if operation.narrowed is not None:
        schema = operation.narrowed(schema)
    elif operation.one_of:
        schema = _one_of(schema, operation.one_of)
    content: dict[str, Any] = {"schema": schema}
    if operation.examples:
        content["examples"] = {name: {"value": value} for name, value in operation.examples.items()}
    shown: dict[str, Any] = {"content": {"application/json": content}}
    return {"required": True} | shown if required or operation.one_of else shown


def _one_of(schema: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return a schema that takes exactly one of these members."""
    alternatives = [
        {
            "type": "object",
            "properties": {name: _without_null(schema["properties"][name])},
            "required": [name],
            "additionalProperties": False,
        }
        for name in names
    ]
    return {"title": schema["title"], "description": schema["description"], "oneOf": alternatives}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value that is left out rather than null."""
    kinds: list[dict[str, Any]] = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {key: value for key, value in schema.items() if key not in ("anyOf", "default")} | kinds[0]


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    """Iterate over all objects in a part of the document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _objects(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _objects(value)


def _references(node: Any) -> Iterator[str]:
    """Iterate over the names of the components that a part of the document refers to."""
    for one in _objects(node):
        if "$ref" in one and one["$ref"].startswith("#/components/schemas/"):
            yield one["$ref"].rpartition("/")[2]
