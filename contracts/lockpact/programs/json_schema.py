"""Write a port as a JSON Schema: what the adapters' protocol carries in `call`, its result and its errors."""

from __future__ import annotations

import enum
import inspect
from datetime import datetime
from typing import Any

from lockpact.programs.port_types import (
    ErrorType,
    Field,
    ListType,
    MapType,
    Method,
    OptionalType,
    PlainType,
    PortDescription,
    RecordType,
    SetType,
    TupleType,
    Type,
    WordType,
    fields_of,
)

__all__ = ["json_schema"]

_PLAIN: dict[type[Any], dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    bytes: {
        "type": "object",
        "properties": {"base64": {"type": "string", "contentEncoding": "base64"}},
        "required": ["base64"],
    },
}


def json_schema(port: PortDescription) -> dict[str, Any]:
    """Return the schema. `$defs` has the port's types, its `methods`, its `errors` and the `objects` of a connection."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"The {port.vendor} port",
        "description": f"What lockpact asks of a client. {port.document}.",
        "$defs": {
            **{kind.python.__name__: _named(kind) for kind in port.named_types()},
            "methods": {method.name: _method(method) for method in port.methods},
            "errors": {error.name: _error(error) for error in port.errors},
            "objects": {
                one.name: {method.name: _method(method, by_position=True) for method in one.methods}
                for one in port.objects
            },
        },
    }


def _method(method: Method, *, by_position: bool = False) -> dict[str, Any]:
    if by_position:
        arguments: dict[str, Any] = {
            "type": "array",
            "prefixItems": [_type(p.type) | {"title": p.name} for p in method.parameters],
            "items": False,
            "minItems": len(method.parameters),
        }
    else:
        arguments = _object(method.parameters)
    return {"description": method.doc, "arguments": arguments, "result": _type(method.result)}


def _error(error: ErrorType) -> dict[str, Any]:
    kind = {"x-kind-of": error.base} if error.base else {}
    return {"description": error.doc, **kind, **_object(error.fields)}


def _named(kind: RecordType | WordType) -> dict[str, Any]:
    doc = inspect.getdoc(kind.python) or ""
    if isinstance(kind, RecordType):
        return {"description": doc, **_object(fields_of(kind))}
    members = list(kind.python.__members__)
    if not hasattr(kind.python, "of"):
        return {"description": doc, "enum": members}
    # The vendor's own value is taken, too, and any other is UNKNOWN.
    values = [_value(member) for member in kind.python if member.name != "UNKNOWN"]
    return {"description": doc, "anyOf": [{"enum": members}, {"enum": values}, {"title": "UNKNOWN"}]}


def _value(member: enum.Enum) -> Any:
    return member.value


def _object(members: tuple[Field, ...]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": {one.name: _type(one.type) for one in members}}
    required = [one.name for one in members if one.required]
    return schema | ({"required": required} if required else {})


def _type(kind: Type) -> dict[str, Any]:
    match kind:
        case PlainType(python):
            return dict(_PLAIN[python])
        case OptionalType(inner):
            return {"anyOf": [_type(inner), {"type": "null"}]}
        case ListType(inner):
            return {"type": "array", "items": _type(inner)}
        case SetType(inner):
            return {"type": "array", "items": _type(inner), "uniqueItems": True}
        case TupleType(inner):
            return {
                "type": "array",
                "prefixItems": [_type(one) for one in inner],
                "items": False,
                "minItems": len(inner),
            }
        case MapType(_, value):
            return {"type": "object", "additionalProperties": _type(value)}
        case RecordType(python) | WordType(python):
            return {"$ref": f"#/$defs/{python.__name__}"}
