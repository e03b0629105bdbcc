"""Describe a vendor's port: its methods, data types, enumerations and errors, derived from the Python declarations.

The schema, the TypeScript declarations and the conversion of values all come from this description.
"""

from __future__ import annotations

import enum
import inspect
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from lockpact.core.pact import Pact

__all__ = [
    "ErrorType",
    "Field",
    "ListType",
    "MapType",
    "Method",
    "ObjectMethods",
    "OptionalType",
    "PlainType",
    "PortDescription",
    "RecordType",
    "SetType",
    "TupleType",
    "Type",
    "UnknownType",
    "WordType",
    "describe_port",
    "fields_of",
    "type_of",
]


class UnknownType(TypeError):
    """A port uses a type that has no form in JSON yet. The text names it."""


@dataclass(frozen=True)
class PlainType:
    """Text, a number, a truth value, nothing, bytes, or a time."""

    python: type[Any]


@dataclass(frozen=True)
class OptionalType:
    """A type, or null."""

    inner: Type


@dataclass(frozen=True)
class ListType:
    """A list. `python` is the type that the port has: list or tuple."""

    inner: Type
    python: type[Any]


@dataclass(frozen=True)
class SetType:
    """A list without duplicates, in any order."""

    inner: Type


@dataclass(frozen=True)
class TupleType:
    """A list of fixed length."""

    inner: tuple[Type, ...]


@dataclass(frozen=True)
class MapType:
    """An object with any keys. Keys that are no texts are written as texts; None is the empty text."""

    key: Type
    value: Type


@dataclass(frozen=True)
class WordType:
    """An enumeration. On the wire a member is its name."""

    python: type[enum.Enum]


@dataclass(frozen=True)
class RecordType:
    """An object with the fields of a dataclass."""

    python: type[Any]


Type = PlainType | OptionalType | ListType | SetType | TupleType | MapType | WordType | RecordType


@dataclass(frozen=True)
class Field:
    """One field of a record, or one parameter of a method or an error."""

    name: str
    type: Type
    required: bool = True
    """Whether it must be given. One that may be None need not be."""


@dataclass(frozen=True)
class Method:
    """One method of the port, or of an object that the connection has."""

    name: str
    parameters: tuple[Field, ...]
    result: Type
    doc: str


@dataclass(frozen=True)
class ErrorType:
    """One error of the port. `base` is the name of the error that it is a kind of; empty for the root."""

    name: str
    python: type[Exception]
    base: str
    fields: tuple[Field, ...]
    """What it has besides its text."""
    doc: str


@dataclass(frozen=True)
class ObjectMethods:
    """An object that the program can call at our side, such as a radio."""

    name: str
    methods: tuple[Method, ...]
    doc: str


@dataclass(frozen=True)
class PortDescription:
    """A whole port."""

    vendor: str
    document: str
    doc: str
    methods: tuple[Method, ...]
    errors: tuple[ErrorType, ...]
    """The root first, then in the order of the declarations."""
    objects: tuple[ObjectMethods, ...]

    def method(self, name: str) -> Method:
        """Return the method of this name. Raises KeyError."""
        return {method.name: method for method in self.methods}[name]

    def named_types(self) -> tuple[RecordType | WordType, ...]:
        """Return all records and enumerations, each once, in the order in which they are first used."""
        found: dict[type[Any], RecordType | WordType] = {}
        for used in self._used():
            _collect(used, found)
        return tuple(found.values())

    def _used(self) -> Iterator[Type]:
        for method in (*self.methods, *(method for one in self.objects for method in one.methods)):
            yield from (parameter.type for parameter in method.parameters)
            yield method.result
        for error in self.errors:
            yield from (field.type for field in error.fields)


def describe_port(pact: Pact) -> PortDescription:
    """Return the description of a pact's port. Raises UnknownType."""
    return PortDescription(
        pact.vendor,
        pact.document,
        inspect.getdoc(sys.modules[pact.port.__module__]) or "",
        tuple(_method(pact.port, name) for name in pact.methods()),
        tuple(_error(error, pact.errors) for error in _errors(pact)),
        tuple(
            ObjectMethods(name, tuple(_object_methods(kind)), _first_line(kind)) for name, kind in pact.objects.items()
        ),
    )


@cache
def type_of(hint: Any) -> Type:
    """Return the description of an annotation. Raises UnknownType."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in (str, int, float, bool, bytes, datetime, type(None)):
        return PlainType(hint)
    if origin in (Union, types.UnionType) and type(None) in arguments and len(arguments) == 2:
        return OptionalType(type_of(next(one for one in arguments if one is not type(None))))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return WordType(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return RecordType(hint)
    if origin is tuple and arguments[1:] != (...,):
        return TupleType(tuple(map(type_of, arguments)))
    if isinstance(origin, type):
        if issubclass(origin, Mapping):
            return MapType(*map(type_of, arguments))
        if issubclass(origin, AbstractSet):
            return SetType(type_of(arguments[0]))
        if issubclass(origin, Sequence):
            return ListType(type_of(arguments[0]), tuple if origin is tuple else list)
    raise UnknownType(f"{hint} has no form in the adapters' protocol; add it to lockpact.programs.port_types")


def fields_of(record: RecordType) -> tuple[Field, ...]:
    """Return the fields of a record."""
    hints = _hints(record.python)
    return tuple(
        Field(
            f.name,
            kind := type_of(hints[f.name]),
            f.default is MISSING and f.default_factory is MISSING and not isinstance(kind, OptionalType),
        )
        for f in fields(record.python)
    )


def _collect(used: Type, found: dict[type[Any], RecordType | WordType]) -> None:
    match used:
        case OptionalType(inner) | ListType(inner) | SetType(inner):
            _collect(inner, found)
        case TupleType(inner):
            for one in inner:
                _collect(one, found)
        case MapType(key, value):
            _collect(key, found)
            _collect(value, found)
        case WordType(python):
            found.setdefault(python, used)
        case RecordType(python):
            if python not in found:
                found[python] = used
                for field in fields_of(used):
                    _collect(field.type, found)


def _method(owner: type[Any], name: str) -> Method:
    function = getattr(owner, name)
    hints = get_type_hints(function)
    parameters = list(inspect.signature(function).parameters)[1:]
    return Method(
        name,
        tuple(Field(parameter, type_of(hints[parameter])) for parameter in parameters),
        type_of(hints["return"]),
        inspect.getdoc(function) or "",
    )


def _object_methods(kind: type[Any]) -> Iterator[Method]:
    """Yield the methods of an object. One that returns a lock becomes two: take it, and release it."""
    for name, function in vars(kind).items():
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        if get_origin(get_type_hints(function)["return"]) is AbstractContextManager:
            nothing = PlainType(type(None))
            yield Method(name, (), nothing, "Wait for the lock, and take it.")
            yield Method(f"un{name}", (), nothing, "Release the lock.")
        else:
            yield _method(kind, name)


def _errors(pact: Pact) -> list[type[Exception]]:
    """Return the port's errors, each after its base."""
    module = sys.modules[pact.port.__module__]
    return [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, pact.errors)]


def _error(error: type[Exception], root: type[Exception]) -> ErrorType:
    constructor = error.__init__
    more: tuple[Field, ...] = ()
    if inspect.isfunction(constructor):
        hints = get_type_hints(constructor)
        given = list(inspect.signature(constructor).parameters.values())[2:]
        more = tuple(Field(p.name, type_of(hints[p.name]), p.default is p.empty) for p in given)
    base = "" if error is root else error.__bases__[0].__name__
    return ErrorType(error.__name__, error, base, more, _first_line(error))


def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _first_line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]
