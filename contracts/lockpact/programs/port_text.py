"""Write a port for people: its methods, what they get and return, its types and its errors."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

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

__all__ = ["port_text"]

_PLAIN = {
    "str": "text",
    "int": "number",
    "float": "number",
    "bool": "true or false",
    "datetime": "time",
    "NoneType": "nothing",
}


def port_text(port: PortDescription) -> str:
    """Return the port as text for a terminal."""
    return "\n".join(_lines(port)).rstrip() + "\n"


def _lines(port: PortDescription) -> Iterator[str]:
    yield from (f"The {port.vendor} port: what an adapter translates. {port.document}", "")
    for paragraph in _about_credentials(port.doc):
        yield from (paragraph, "")
    yield from ("Methods. Leave out those that the client lacks.", "")
    for method in port.methods:
        yield from _method(method)
    for one in port.objects:
        yield from ("", f"`{one.name}` of the connection: {one.doc}", "")
        for method in one.methods:
            yield from _method(method)
    yield from ("", "Types", "")
    for kind in port.named_types():
        yield from _named(kind)
    yield from ("", "Errors", "")
    for error in port.errors:
        yield from _error(error)


def _about_credentials(doc: str) -> Iterator[str]:
    """Yield what the port's documentation says about a connection's credentials, without what is about Python."""
    listed = False
    for paragraph in doc.split("\n\n"):
        code = paragraph.startswith(" ")
        said = [
            one for one in re.split(r"(?<=[.:])\s+(?=[A-Z])", paragraph) if "credentials" in one and "class" not in one
        ]
        if listed and code and "class " not in paragraph:
            yield paragraph
        elif said and not code:
            yield " ".join(" ".join(said).split())
            listed = paragraph.endswith(":")


def _method(method: Method) -> Iterator[str]:
    yield f"  {method.name}({_members(method.parameters)}) → {_type(method.result)}"
    yield from (f"      {line}".rstrip() for line in method.doc.splitlines())


def _named(kind: RecordType | WordType) -> Iterator[str]:
    name = kind.python.__name__
    if isinstance(kind, RecordType):
        yield f"  {name}: {_members(fields_of(kind))}"
    else:
        yield f"  {name}: {' | '.join(f'{key} ({member.value})' for key, member in kind.python.__members__.items())}"
    yield from (f"      {line}".rstrip() for line in (inspect.getdoc(kind.python) or "").splitlines())


def _error(error: ErrorType) -> Iterator[str]:
    kind = f" (a kind of {error.base})" if error.base else ""
    fields = f", with {_members(error.fields)}" if error.fields else ""
    yield f"  {error.name}{kind}{fields}: {error.doc}"


def _members(members: tuple[Field, ...]) -> str:
    return ", ".join(f"{one.name}{'' if one.required else '?'}: {_type(one.type)}" for one in members)


def _type(kind: Type) -> str:
    match kind:
        case PlainType(python):
            return _PLAIN.get(python.__name__, python.__name__)
        case OptionalType(inner):
            return f"{_type(inner)} or nothing"
        case ListType(inner) | SetType(inner):
            return f"[{_type(inner)}, …]"
        case TupleType(inner):
            return f"[{', '.join(map(_type, inner))}]"
        case MapType(key, value):
            return f"{{{_type(key)}: {_type(value)}, …}}"
        case RecordType(python) | WordType(python):
            return python.__name__
