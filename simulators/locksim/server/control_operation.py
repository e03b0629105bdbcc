"""One operation of the control API as data, and how its arguments are read from a request.

All arguments of an operation are members of one struct, wherever they stand in the request: those that the path names stand
there; the others stand in the query of a GET, and in the JSON body of anything else. A body may be left out where nothing in
it is required. It is read as JSON whatever its Content-Type says, so that `curl -d` works. `arguments_of` reads them from a
request; `request_of` is its inverse, for callers of the control API.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_type_hints
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from msgspec.inspect import Field, IntType, LiteralType, Metadata, StructType, Type, UnionType, type_info

from locksim.engine.commands import NoArguments
from locksim.engine.errors import Unknown, WrongArguments
from locksim.server.control_request import ControlRequest

__all__ = ["ControlOperation"]

_ARGUMENT_OF = {"s": "name"}
"""Placeholder of a path → the argument that it gives, where the names differ."""
_MAX_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class ControlOperation:
    """One row of the table `locksim.server.operations`."""

    id: str
    """The operationId."""
    tag: str
    method: str
    path: str
    """Below `/_sim`. `{w}` is the world, `{vendor}` one of its vendors; other placeholders are arguments."""
    title: str
    """One sentence that says what the operation does."""
    description: str = ""
    run: Callable[[ControlRequest, Any], Any]
    """(request, arguments) → the answer, now or when awaited. None: it has answered by itself."""
    command: str | None = None
    """The engine's command that it runs, if it runs one."""
    handle: str | None = None
    """The same in Python, as it is reached from a `locksim.World`."""
    arguments: type[msgspec.Struct] = NoArguments
    rest: str | None = None
    """The argument that takes all members of the body that are no arguments themselves."""
    one_of: tuple[str, ...] = ()
    """Arguments of which exactly one must be given."""
    narrowed: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """Adds to the body's JSON schema what the types of the arguments cannot say."""
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name → an example of the body."""
    status: int = 200
    answer: Any
    """The type of the answer."""
    answered: str
    """One sentence about the answer."""
    media_type: str = "application/json"
    conflicts: bool = False
    """Whether it may be impossible now (409)."""
    other_errors: tuple[int, ...] = ()

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        """The placeholders of the path, in their order."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """All arguments by name."""
        info = type_info(self.arguments)
        assert isinstance(info, StructType)
        return {one.encode_name: one for one in info.fields}

    @cached_property
    def _types(self) -> Mapping[str, Any]:
        return get_type_hints(self.arguments, include_extras=True)

    @cached_property
    def path_arguments(self) -> Mapping[str, str]:
        """Placeholder → the argument that it gives."""
        names = {placeholder: _ARGUMENT_OF.get(placeholder, placeholder) for placeholder in self.placeholders}
        return {placeholder: name for placeholder, name in names.items() if name in self.fields}

    @cached_property
    def other_arguments(self) -> tuple[str, ...]:
        """The arguments in the query or the body."""
        return tuple(name for name in self.fields if name not in self.path_arguments.values())

    @property
    def has_query(self) -> bool:
        """Whether the other arguments stand in the query."""
        return self.method == "GET"

    @property
    def has_body(self) -> bool:
        """Whether the other arguments stand in the body."""
        return not self.has_query and bool(self.other_arguments)

    @cached_property
    def errors(self) -> tuple[int, ...]:
        """The statuses of its refusals."""
        found = set(self.other_errors)
        found |= {400} if self.has_query or self.has_body else set()
        found |= {404} if self.placeholders else set()
        found |= {409} if self.conflicts else set()
        return tuple(sorted(found))

    def arguments_of(self, path: Mapping[str, str], query: str, body: bytes) -> msgspec.Struct:
        """Read the arguments from a request.

        Raises:
            WrongArguments: an argument is missing, unknown or invalid.
            Unknown: the path names something that cannot exist.
        """
        given: dict[str, Any] = {name: self._from_path(name, path[part]) for part, name in self.path_arguments.items()}
        if self.has_query:
            given |= self._from_query(query)
        elif self.has_body:
            members = self._from_body(body)
            for name in members.keys() & given.keys():
                raise WrongArguments(f"the body does not fit: the path says which {name!r}")
            given |= members
        if self.one_of and sum(given.get(name) is not None for name in self.one_of) != 1:
            raise WrongArguments(f"give either {' or '.join(self.one_of)}, and not both")
        try:
            return _converted(given, self.arguments)
        except msgspec.ValidationError as wrong:
            raise WrongArguments(f"the body does not fit: {wrong}") from None

    def request_of(self, arguments: Mapping[str, Any], world: str) -> tuple[str, bytes]:
        """Return the target below `/_sim`, and the body, of the request that has these arguments.

        The server judges the values. What only decides where an argument stands is judged here.

        Args:
            arguments: the arguments by name; None is the same as absent.
            world: the world's name, where the path has one.

        Raises:
            WrongArguments: an argument is unknown, or one that the path needs is missing.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        for unknown in given.keys() - self.fields.keys():
            takes = ", ".join(self.fields) or "none"
            raise WrongArguments(f"there is no argument {unknown!r} here; this call takes {takes}")
        path = self.path
        for placeholder in self.placeholders:
            argument = self.path_arguments.get(placeholder)
            if argument is not None and argument not in given:
                raise WrongArguments(f"the argument {argument!r} is missing")
            text = world if argument is None else str(given.pop(argument))
            path = path.replace(f"{{{placeholder}}}", quote(text, safe=""))
        if self.has_query:
            return f"{path}?{urlencode(given)}" if given else path, b""
        if self.rest is not None:
            rest = given.pop(self.rest, {})
            if not isinstance(rest, Mapping):
                raise WrongArguments(f"the argument {self.rest!r} must be an object")
            for name in rest.keys() & set(self.other_arguments) - {self.rest}:
                raise WrongArguments(f"{name!r} is an argument of its own, and stands next to {self.rest!r}")
            return path, msgspec.json.encode({**rest, **given})
        return path, msgspec.json.encode(given) if given else b""

    def _from_path(self, name: str, text: str) -> Any:
        """Raises Unknown: an address that does not fit is the address of nothing."""
        try:
            return self._from_text(name, text)
        except msgspec.ValidationError:
            whole = "; ids are whole numbers from 1" if isinstance(_base(self.fields[name].type), IntType) else ""
            raise Unknown(f"there is no {_title(self.fields[name])} {text!r} in this world{whole}") from None

    def _from_query(self, query: str) -> dict[str, Any]:
        pairs = parse_qsl(query, keep_blank_values=True)
        found: dict[str, Any] = {}
        for name, text in pairs:
            if name not in self.other_arguments:
                takes = ", ".join(self.other_arguments) or "none"
                raise WrongArguments(f"there is no query parameter {name!r} here; this call takes {takes}")
            if name in found:
                raise WrongArguments(f"the query parameter {name!r} is given twice")
            try:
                found[name] = self._from_text(name, text)
            except msgspec.ValidationError:
                raise WrongArguments(f"{name} must be {_expected(self.fields[name].type)}, not {text!r}") from None
        return found

    def _from_text(self, name: str, text: str) -> Any:
        """Return an argument that stands in a path or query. Raises msgspec.ValidationError."""
        value: int | str = text
        if isinstance(_base(self.fields[name].type), IntType) and text.isascii() and text.isdigit():
            value = int(text) if len(text) <= _MAX_DIGITS else text
        return msgspec.convert(value, self._types[name])

    def _from_body(self, body: bytes) -> dict[str, Any]:
        try:
            given = msgspec.convert(msgspec.json.decode(body or b"{}"), dict[str, Any])
        except msgspec.ValidationError as wrong:
            raise WrongArguments(f"the body does not fit: {wrong}") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            raise WrongArguments(f"the body is not JSON: {wrong}") from None
        except RecursionError:
            raise WrongArguments("the body is nested too deeply") from None
        if self.rest is None:
            return given
        if not body and self.fields[self.rest].required:
            raise WrongArguments(f"the body is empty; it must be the {self.rest} ({{}}: every member has its default)")
        named = {name: given.pop(name) for name in self.other_arguments if name != self.rest and name in given}
        return named | {self.rest: given}


def _converted(given: Any, shape: type[msgspec.Struct]) -> msgspec.Struct:
    """Return the data as a struct. Raises msgspec.ValidationError."""
    try:
        return msgspec.convert(given, shape)
    except msgspec.ValidationError:
        return msgspec.convert(_with_whole_numbers(given), shape)  # JSON does not tell 1.0 from 1


def _with_whole_numbers(given: Any) -> Any:
    if isinstance(given, dict):
        return {key: _with_whole_numbers(value) for key, value in given.items()}
    if isinstance(given, list):
        return [_with_whole_numbers(item) for item in given]
    return int(given) if isinstance(given, float) and given.is_integer() else given


def _base(type_: Type) -> Type:
    """Return the type without its metadata and without null."""
    if isinstance(type_, Metadata):
        return _base(type_.type)
    return _base(type_.types[0]) if isinstance(type_, UnionType) else type_


def _title(field_: Field) -> str:
    extra = field_.type.extra_json_schema if isinstance(field_.type, Metadata) else None
    return str((extra or {}).get("title", field_.name))


def _expected(type_: Type) -> str:
    """Say which texts a query parameter takes."""
    match _base(type_):
        case IntType(ge=low, le=high):
            return f"a whole number from {low} to {high}"
        case LiteralType(values=values):
            return " or ".join(str(value) for value in values)
    return "a text that is not empty"
