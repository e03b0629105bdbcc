"""Convert the port's values to JSON and back.

An enumeration's member is its name. Bytes are `{"base64": …}`, so that a kit needs no schema to recognise them. Times are
ISO 8601 texts. Where the port has a rule for unknown values (`State.of`), a program may also give the vendor's own value, and
none at all for one that it does not know.
"""

from __future__ import annotations

import enum
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from lockpact.programs.port_types import (
    ListType,
    MapType,
    OptionalType,
    PlainType,
    RecordType,
    SetType,
    TupleType,
    Type,
    WordType,
    fields_of,
)

__all__ = ["InvalidValue", "from_json", "to_json"]

_WORDS: dict[type[Any], str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    bytes: 'bytes, as {"base64": "…"}',
    datetime: "a time in ISO 8601",
    type(None): "null",
}


class InvalidValue(ValueError):
    """A value is not what the port asks for. The text says where, what was expected and what came."""


def to_json(value: Any) -> Any:
    """Return a value of the port as JSON: for a record, the fields that its repr would show and those that it hides."""
    match value:
        case enum.Enum():
            return value.name
        case bytes():
            return {"base64": b64encode(value).decode()}
        case datetime():
            return value.isoformat()
        case str() | int() | float() | None:
            return value
        case Mapping():
            return {"" if key is None else str(to_json(key)): to_json(item) for key, item in value.items()}
        case AbstractSet():
            return sorted(map(to_json, value))
        case Sequence():
            return list(map(to_json, value))
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no form in the adapters' protocol")


def from_json(value: Any, kind: Type, where: str = "result") -> Any:
    """Return the port's value for JSON. Raises InvalidValue."""
    match kind:
        case OptionalType(inner):
            return None if value is None else from_json(value, inner, where)
        case PlainType(python):
            return _plain(value, python, where)
        case WordType(python):
            return _word(value, python, where)
        case ListType(inner, python):
            return python(_items(value, inner, where))
        case SetType(inner):
            return frozenset(_items(value, inner, where))
        case TupleType(inner):
            if not isinstance(value, list) or len(value) != len(inner):
                raise _invalid(value, f"a list of {len(inner)}", where)
            return tuple(
                from_json(item, one, f"{where}[{n}]") for n, (item, one) in enumerate(zip(value, inner, strict=True))
            )
        case MapType(key, item):
            if not isinstance(value, dict):
                raise _invalid(value, "an object", where)
            return {_key(k, key, where): from_json(v, item, f"{where}[{k!r}]") for k, v in value.items()}
        case RecordType(python):
            return _record(value, kind, python, where)


def _plain(value: Any, python: type[Any], where: str) -> Any:
    if python is float and type(value) is int:
        return float(value)
    if python is datetime and isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise _invalid(value, _WORDS[python], where) from None
    if python is bytes and isinstance(value, dict) and isinstance(value.get("base64"), str):
        try:
            return b64decode(value["base64"], validate=True)
        except ValueError:
            raise _invalid(value, _WORDS[python], where) from None
    # A method that returns nothing may return anything: languages differ in what "nothing" is.
    if python is type(None):
        return None
    if type(value) is not python:
        raise _invalid(value, _WORDS[python], where)
    return value


def _word(value: Any, python: type[enum.Enum], where: str) -> enum.Enum:
    if isinstance(value, str) and value in python.__members__:
        return python[value]
    of = getattr(python, "of", None)
    if of is not None:
        member: enum.Enum = of(value)
        return member
    raise _invalid(value, " or ".join(map(repr, python.__members__)), where)


def _items(value: Any, inner: Type, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _invalid(value, "a list", where)
    return [from_json(item, inner, f"{where}[{n}]") for n, item in enumerate(value)]


def _key(key: str, kind: Type, where: str) -> Any:
    if isinstance(kind, OptionalType):
        return _key(key, kind.inner, where) if key else None
    if kind == PlainType(int):
        if not key.removeprefix("-").isdigit():
            raise _invalid(key, "a whole number as key", where)
        return int(key)
    return from_json(key, kind, where)


def _record(value: Any, kind: RecordType, python: type[Any], where: str) -> Any:
    if not isinstance(value, dict):
        raise _invalid(value, f"an object with the fields of {python.__name__}", where)
    given = {}
    for field in fields_of(kind):
        if field.name in value and not (value[field.name] is None and not field.required):
            given[field.name] = from_json(value[field.name], field.type, f"{where}.{field.name}")
        elif isinstance(field.type, WordType) and hasattr(field.type.python, "of"):
            given[field.name] = _word(None, field.type.python, f"{where}.{field.name}")
        elif field.required:
            raise InvalidValue(f"{where} has no {field.name}; it has {', '.join(map(repr, value)) or 'no fields'}")
        elif isinstance(field.type, OptionalType):
            given[field.name] = None
    return python(**given)


def _invalid(value: Any, expected: str, where: str) -> InvalidValue:
    text = repr(value)
    return InvalidValue(f"{where} must be {expected}, not {text if len(text) <= 100 else text[:100] + '…'}")
