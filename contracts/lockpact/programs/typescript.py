"""Write a port as TypeScript declarations, for adapters that use the Node kit."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lockpact.programs.port_types import (
    ErrorType,
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

__all__ = ["typescript"]

_GIVEN: dict[type[Any], str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    bytes: "Buffer",
    datetime: "Time",
    type(None): "null",
}
"""What an adapter gets."""
_TAKEN = _GIVEN | {bytes: "Uint8Array", type(None): "void"}
"""What an adapter may return."""


def typescript(port: PortDescription) -> str:
    """Return the declarations of one port."""
    name = _title(port.vendor)
    parts = [
        f"// The {port.vendor} port: what lockpact asks of a client. {port.document}.",
        f"// Generated: `lockpact port {port.vendor} --format typescript` prints it.",
        "/** A time in ISO 8601, with an offset unless the port says that it is local. */\nexport type Time = string",
        *(_named(kind) for kind in port.named_types()),
        *(_object(one.name, one.methods, one.doc) for one in port.objects),
        f"/** Methods that an adapter may have. Leave out those that the client lacks. */\nexport interface {name}Port {{\n"
        + "\n".join(_indented(_declaration(method, "?")) for method in port.methods)
        + "\n}",
        f"/** The port's errors: `throw errors.{port.errors[-1].name}('why')`. */\nexport interface {name}Errors {{\n"
        + "\n".join(_indented(_error(error)) for error in port.errors)
        + "\n}",
    ]
    return "\n\n".join(parts) + "\n"


def _named(kind: RecordType | WordType) -> str:
    doc = _comment(inspect.getdoc(kind.python) or "")
    if isinstance(kind, RecordType):
        lines = "\n".join(
            f"  {one.name}{'' if one.required else '?'}: {_type(one.type, _GIVEN)}" for one in fields_of(kind)
        )
        return f"{doc}export interface {kind.python.__name__} {{\n{lines}\n}}"
    words = [f"'{name}' // {member.value}".removesuffix(" // ") for name, member in kind.python.__members__.items()]
    if hasattr(kind.python, "of"):
        # The vendor's own value is taken, too; what is no member is UNKNOWN.
        words.append("number" if all(isinstance(one.value, int) for one in kind.python) else "string")
    return f"{doc}export type {kind.python.__name__} =\n  | " + "\n  | ".join(words)


def _object(name: str, methods: tuple[Method, ...], doc: str) -> str:
    lines = "\n".join(_indented(_declaration(method, "", promised=True)) for method in methods)
    return f"{_comment(doc)}export interface {_title(name)} {{\n{lines}\n}}"


def _declaration(method: Method, mark: str, *, promised: bool = False) -> str:
    parameters = ", ".join(f"{p.name}: {_type(p.type, _GIVEN)}" for p in method.parameters)
    result = _type(method.result, _GIVEN if promised else _TAKEN)
    returned = f"Promise<{result}>" if promised else f"{result} | Promise<{result}>"
    return f"{_comment(method.doc)}{method.name}{mark}({parameters}): {returned}"


def _error(error: ErrorType) -> str:
    members = "; ".join(f"{one.name}{'' if one.required else '?'}: {_type(one.type, _GIVEN)}" for one in error.fields)
    more = f", fields?: {{ {members} }}" if members else ""
    return f"{_comment(error.doc)}{error.name}(text?: string{more}): Error"


def _type(kind: Type, plain: dict[type[Any], str]) -> str:
    match kind:
        case PlainType(python):
            return plain[python]
        case OptionalType(inner):
            return f"{_type(inner, plain)} | null"
        case ListType(inner) | SetType(inner):
            text = _type(inner, plain)
            return f"({text})[]" if " " in text else f"{text}[]"
        case TupleType(inner):
            return f"[{', '.join(_type(one, plain) for one in inner)}]"
        case MapType(_, value):
            return f"Record<string, {_type(value, plain)}>"
        case RecordType(python) | WordType(python):
            return python.__name__


def _title(name: str) -> str:
    return {"remotelock": "RemoteLock"}.get(name, name.capitalize())


def _comment(doc: str) -> str:
    lines = doc.strip().splitlines()
    if len(lines) <= 1:
        return f"/** {doc.strip()} */\n" if lines else ""
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"


def _indented(text: str) -> str:
    return "\n".join(_indent(text))


def _indent(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield f"  {line}" if line else line
