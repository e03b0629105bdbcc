"""What a vendor's servers are asked when two of them are compared: a table of operations, with places for values.

A step is an operation and some numbers; the numbers choose among a place's options, or among the things of a kind that
were seen so far. So the same steps mean the same on two servers, though every id there is another.

    HttpOperation("GET /lockState", "GET", "/lockState", query={"nukiId": Ref("lock"), "token": Cred("token")}, reads=True)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lockpact.core.pact import VendorOperation

__all__ = [
    "Cred",
    "DeviceOperation",
    "HttpOperation",
    "Later",
    "Line",
    "Missing",
    "OperationTable",
    "Pick",
    "Ref",
    "SequenceStep",
    "WaitOperation",
    "filled",
    "reach",
    "scripted",
]

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Pick:
    """One of these values."""

    options: tuple[Any, ...]


@dataclass(frozen=True)
class Ref:
    """Something of this kind that was seen before in the same sequence."""

    kind: str
    at: int | None = None
    """Which: 0 the first that was seen, -1 the last. None: any."""

    def among(self, known: Mapping[str, Sequence[Any]], draws: Iterator[int]) -> Any:
        """The one that is meant. Raises Missing."""
        things = known.get(self.kind, ())
        if not things:
            raise Missing(self.kind)
        return things[next(draws) % len(things) if self.at is None else self.at]


@dataclass(frozen=True)
class Cred:
    """A credential, by its name, and what is written around it."""

    name: str
    form: str = "{}"


@dataclass(frozen=True)
class Later:
    """A time, so many seconds after the sequence began: one of these, as `form` writes it (µs since the epoch → text)."""

    seconds: tuple[int, ...]
    form: Callable[[int], Any]


@dataclass(frozen=True)
class HttpOperation:
    """One request. `path`, `query`, `headers`, `body` (JSON) and `fields` (a form) may hold places."""

    name: str
    method: str
    path: Any
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    fields: Mapping[str, Any] | None = None
    server: str = ""
    """Which of the servers in the vendor's part of the ready document, where it is another than the one that is compared:
    `oauth_url` …"""
    reads: bool = False
    """It changes nothing."""
    opens: bool = False
    """Each sequence begins with it: it finds what others name."""
    finds: Mapping[str, str] = field(default_factory=dict)
    """kind → where in the answer its things are: `data.*.id`. An array of texts is one thing."""
    then: tuple[str, ...] = ()
    """Lines of which one often follows: a way of several steps, that chance alone would hardly go to its end."""
    creates: str = ""
    """The kind of the one thing that a success makes; `finds` says where its id is."""
    called: str = ""
    """Where in its own body the name of that thing is (`doors.*.name`), where no answer tells an id."""
    allow: str = ""
    """Its path in the vendor's OpenAPI document, where `path` is another: what `--allow` calls it, with its method."""
    free: frozenset[str] = frozenset()
    """Keys of this answer whose values may be anything of their type, though they tell something elsewhere."""
    laws: tuple[str, ...] = ()
    """The laws that a difference here endangers."""

    @property
    def place(self) -> str:
        """Its path in the vendor's OpenAPI document."""
        return self.allow or str(self.path)


def scripted(row: VendorOperation, name: str = "", *, path: Any = None, **more: Any) -> HttpOperation:
    """Return a request of this row of the vendor's table. `path` fills the row's `{parameters}` in, where it has any."""
    return HttpOperation(
        name or row.id, row.method, path or row.path, reads=row.effect == "read", allow=row.path, **more
    )


@dataclass(frozen=True)
class DeviceOperation:
    """A hand on the hardware (`device` is a kind, or one that answers have named), or the staff's (`device` is empty).
    Stand-ins only."""

    name: str
    device: str | Ref
    action: str
    args: Mapping[str, Any] = field(default_factory=dict)
    after: Pick | None = None
    """So many seconds later."""
    opens: bool = False
    """As an operation's."""
    finds: Mapping[str, str] = field(default_factory=dict)
    """As an operation's, in what the control door answers."""
    then: tuple[str, ...] = ()
    """As an operation's."""
    told: bool = False
    """What the control door answers is compared, too: the hardware's own word."""
    laws: tuple[str, ...] = ()


@dataclass(frozen=True)
class WaitOperation:
    """Time passes. Stand-ins only."""

    name: str
    seconds: Pick
    then: tuple[str, ...] = ()
    """As an operation's."""
    laws: tuple[str, ...] = ()


Line = HttpOperation | DeviceOperation | WaitOperation


@dataclass(frozen=True)
class OperationTable:
    """All that can be done, and how answers are to be read."""

    operations: tuple[Line, ...]
    identities: frozenset[str]
    """Keys whose values say *which* thing it is, and nothing else: ids, tokens, codes, links."""
    times: frozenset[str] = frozenset()
    """Keys whose values are times, where the form does not show it."""
    free: frozenset[str] = frozenset()
    """Keys whose values may be anything of their type."""
    secret: frozenset[str] = frozenset()
    """Identities that open something, by their keys: nobody is shown them."""
    headers: frozenset[str] = frozenset({"content-type", "www-authenticate", "allow", "location", "retry-after"})
    """Headers that clients go by, in small letters."""
    moment: str = ""
    """Where in the things of a list it stands when they came to be (`attributes.created_at`): those of one moment come in
    whichever order their ids have. Empty: the order of lists always tells."""
    paged: frozenset[str] = frozenset()
    """Keys that tell of pages: their difference is one of paging."""
    fails: Callable[[int, Any], bool] = lambda status, said: status >= 400
    """Whether an answer is a refusal."""
    removes: Mapping[str, HttpOperation] = field(default_factory=dict)
    """kind of what was created → how it is removed."""

    def free_in(self, name: str) -> frozenset[str]:
        """Keys whose values may be anything of their type in what the line of this name is answered."""
        return self.free.union(*(e.free for e in self.operations if isinstance(e, HttpOperation) and e.name == name))

    def reads(self, step: SequenceStep) -> bool:
        """Whether a step changes nothing."""
        line = self.line(step.line)
        return isinstance(line, HttpOperation) and line.reads

    def line(self, name: str) -> Line:
        """The line of this name; raises KeyError."""
        return self._lines[name]

    @cached_property
    def _lines(self) -> dict[str, Line]:
        return {line.name: line for line in self.operations}


@dataclass(frozen=True)
class SequenceStep:
    """One line, with what was chosen for its places."""

    line: str
    draws: tuple[int, ...] = ()


class Missing(LookupError):
    """Nothing of this kind has been seen."""


def filled(
    template: Any,
    draws: Iterator[int],
    known: Mapping[str, Sequence[Any]],
    credentials: Mapping[str, Any],
    began: int,
) -> Any:
    """The template with its places filled. Raises Missing."""
    match template:
        case Pick(options=options):
            return filled(options[next(draws) % len(options)], draws, known, credentials, began)
        case Ref():
            return template.among(known, draws)
        case Cred(name=name, form=form):
            return form.format(credentials[name])
        case Later(seconds=seconds, form=form):
            return form(began + seconds[next(draws) % len(seconds)] * 1_000_000)
        case str() if "{" in template:
            return _named(template, draws, known)
        case Mapping():
            return {key: filled(value, draws, known, credentials, began) for key, value in template.items()}
        case list() | tuple():
            return [filled(value, draws, known, credentials, began) for value in template]
    return template


def _named(template: str, draws: Iterator[int], known: Mapping[str, Sequence[Any]]) -> str:
    """A text with `{kind}` in it. Other braces, as JSON's, are what they are."""
    return _PLACE.sub(lambda place: str(Ref(place[1]).among(known, draws)), template)


def reach(said: Any, where: str) -> list[Any]:
    """All values at a place (`data.*.id`) of an answer. An array of texts that stands there is one value, a tuple."""
    found = [said]
    for part in where.split(".") if where else []:
        if part == "*":
            found = [item for thing in found if isinstance(thing, list) for item in thing]
        else:
            found = [thing[part] for thing in found if isinstance(thing, dict) and part in thing]
    found = [tuple(value) if _texts(value) else value for value in found]
    return [value for value in found if isinstance(value, str | int | tuple) and not isinstance(value, bool)]


def _texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
