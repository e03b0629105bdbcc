"""A vendor's table of operations: what its servers are asked when two of them are compared.

A step is an operation and some numbers. The numbers choose among the options of its placeholders, or among the objects
that were seen so far. So the same steps mean the same on two servers, although their ids differ.

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
    "Missing",
    "Operation",
    "OperationTable",
    "Pick",
    "Ref",
    "SequenceStep",
    "WaitOperation",
    "fill",
    "scripted",
    "values_at",
]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Pick:
    """A placeholder: one of these values."""

    options: tuple[Any, ...]


@dataclass(frozen=True)
class Ref:
    """A placeholder: the id of an object of this kind that was seen earlier in the sequence."""

    kind: str
    at: int | None = None
    """Which one: 0 the first that was seen, -1 the last. None: any."""

    def among(self, known: Mapping[str, Sequence[Any]], draws: Iterator[int]) -> Any:
        """Return the chosen id. Raises Missing."""
        ids = known.get(self.kind, ())
        needed = 1 if self.at is None else -self.at if self.at < 0 else self.at + 1
        if len(ids) < needed:
            raise Missing(self.kind)
        return ids[next(draws) % len(ids) if self.at is None else self.at]


@dataclass(frozen=True)
class Cred:
    """A placeholder: a credential by its name, inside the text `form`."""

    name: str
    form: str = "{}"


@dataclass(frozen=True)
class Later:
    """A placeholder: the time one of these seconds after the sequence began, written by `form` (µs since the epoch → text)."""

    seconds: tuple[int, ...]
    form: Callable[[int], Any]


@dataclass(frozen=True)
class HttpOperation:
    """One request. `path`, `query`, `headers`, `body` (JSON) and `fields` (a form) may contain placeholders."""

    name: str
    method: str
    path: Any
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    fields: Mapping[str, Any] | None = None
    server: str = ""
    """The key of another server in the vendor's connection info (`oauth_url`). Empty: the server that is compared."""
    reads: bool = False
    """Whether it changes nothing."""
    opens: bool = False
    """Whether each sequence begins with it, because it finds the objects that others use."""
    finds: Mapping[str, str] = field(default_factory=dict)
    """Kind → where the ids of its objects are in the answer: `data.*.id`. An array of texts is one id."""
    then: tuple[str, ...] = ()
    """Names of operations, one of which often follows: for procedures of several steps, which chance would rarely complete."""
    creates: str = ""
    """The kind of the object that a success creates. `finds` says where its id is."""
    called: str = ""
    """Where the object's name is in the request's body (`doors.*.name`), or in its query, if no answer gives an id."""
    located: tuple[HttpOperation, str, str] | None = None
    """For a removal by an id that no answer gave: what lists the objects, and where their names and their ids are."""
    allow: str = ""
    """Its path in the vendor's OpenAPI document if that is not `path`. `--allow` uses this path and the method."""
    free: frozenset[str] = frozenset()
    """Keys of this answer whose values are not compared, only their types."""
    sorted_by: str = ""
    """Where the attribute is that it asks to sort by (`attributes.name`). Then that order is compared, too."""
    laws: tuple[str, ...] = ()
    """The laws that a difference here endangers."""

    @property
    def documented_path(self) -> str:
        """Its path in the vendor's OpenAPI document."""
        return self.allow or str(self.path)


def scripted(row: VendorOperation, name: str = "", *, path: Any = None, **more: Any) -> HttpOperation:
    """Return a request of this row of the vendor's table. `path` fills in the row's `{parameters}`, if it has any."""
    return HttpOperation(
        name or row.id, row.method, path or row.path, reads=row.effect == "read", allow=row.path, **more
    )


@dataclass(frozen=True)
class DeviceOperation:
    """A device action. Only on simulators.

    `device` is a kind of device, or a reference to one that answers have named. Empty: an action of the vendor's staff.
    """

    name: str
    device: str | Ref
    action: str
    args: Mapping[str, Any] = field(default_factory=dict)
    after: Pick | None = None
    """Seconds until the action. None: now."""
    opens: bool = False
    """As for HttpOperation."""
    finds: Mapping[str, str] = field(default_factory=dict)
    """As for HttpOperation, in the answer of the control API."""
    then: tuple[str, ...] = ()
    """As for HttpOperation."""
    compared: bool = False
    """Whether the answer of the control API, so what the device itself answers, is compared too."""
    laws: tuple[str, ...] = ()


@dataclass(frozen=True)
class WaitOperation:
    """Time passes. Only on simulators."""

    name: str
    seconds: Pick
    then: tuple[str, ...] = ()
    """As for HttpOperation."""
    laws: tuple[str, ...] = ()


Operation = HttpOperation | DeviceOperation | WaitOperation


@dataclass(frozen=True)
class OperationTable:
    """All operations of a vendor, and how answers are compared."""

    operations: tuple[Operation, ...]
    identities: frozenset[str]
    """Keys whose values only identify an object: ids, tokens, codes, links."""
    times: frozenset[str] = frozenset()
    """Keys whose values are times, although their form does not show it."""
    free: frozenset[str] = frozenset()
    """Keys whose values are not compared, only their types."""
    secret: frozenset[str] = frozenset()
    """Keys of identities that open something. No report shows their values."""
    headers: frozenset[str] = frozenset({"content-type", "www-authenticate", "allow", "location", "retry-after"})
    """The headers that clients use, in lower case."""
    moment: str = ""
    """Where the creation time is in the items of a list (`attributes.created_at`). The order of items of the same time
    is not compared, because it depends on their ids. Empty: the order of lists is always compared."""
    since: Mapping[str, str] = field(default_factory=dict)
    """Key of a time → the key, in the same object, of the time from which it is compared (`Expires` since `Startdate`)."""
    paged: frozenset[str] = frozenset()
    """Keys about pages. Their differences have the class "paging"."""
    fails: Callable[[int, Any], bool] = lambda status, body: status >= 400
    """(status, body) → whether an answer is a refusal."""
    removes: Mapping[str, HttpOperation] = field(default_factory=dict)
    """Kind of a created object → the operation that removes it."""
    procedures: tuple[tuple[str, ...], ...] = ()
    """Names of operations in an order that chance would hardly find, for effects that show much later."""

    def free_in(self, name: str) -> frozenset[str]:
        """Return the keys whose values are not compared in answers to the operation of this name."""
        return self.free.union(*(o.free for o in self.operations if isinstance(o, HttpOperation) and o.name == name))

    def sorted_in(self, name: str) -> str:
        """Return where the attribute is that the operation of this name asks to sort by."""
        return next((o.sorted_by for o in self.operations if isinstance(o, HttpOperation) and o.name == name), "")

    def reads(self, step: SequenceStep) -> bool:
        """Return whether a step changes nothing, and asks what the table says."""
        operation = self.operation(step.operation)
        return isinstance(operation, HttpOperation) and operation.reads and not step.change

    def kinds_under(self, name: str) -> frozenset[str]:
        """Return the kinds of objects whose ids have this name in answers."""
        return self._kinds_by_name.get(name, frozenset())

    def operation(self, name: str) -> Operation:
        """Return the operation of this name. Raises KeyError."""
        return self._by_name[name]

    @cached_property
    def _kinds_by_name(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for operation in self.operations:
            for kind, where in getattr(operation, "finds", {}).items():
                name = where.rpartition(".")[2]
                found[name] = found.get(name, frozenset()) | {kind}
        return found

    @cached_property
    def _by_name(self) -> dict[str, Operation]:
        return {operation.name: operation for operation in self.operations}


@dataclass(frozen=True)
class SequenceStep:
    """One operation by its name, and the numbers that choose the values of its placeholders."""

    operation: str
    draws: tuple[int, ...] = ()
    change: int = 0
    """If not 0, it chooses what is changed in the request's parameters and its body (`lockpact.simulators.changes`)."""


class Missing(LookupError):
    """No object of this kind has been seen."""


def fill(
    template: Any,
    draws: Iterator[int],
    known: Mapping[str, Sequence[Any]],
    credentials: Mapping[str, Any],
    began: int,
) -> Any:
    """Return the template with its placeholders replaced. Raises Missing."""
    match template:
        case Pick(options=options):
            return fill(options[next(draws) % len(options)], draws, known, credentials, began)
        case Ref():
            return template.among(known, draws)
        case Cred(name=name, form=form):
            return form.format(credentials[name])
        case Later(seconds=seconds, form=form):
            return form(began + seconds[next(draws) % len(seconds)] * 1_000_000)
        case str() if "{" in template:
            # A text may contain `{kind}`. Other braces, as in JSON, stay.
            return _PLACEHOLDER.sub(lambda found: str(Ref(found[1]).among(known, draws)), template)
        case Mapping():
            return {key: fill(value, draws, known, credentials, began) for key, value in template.items()}
        case list() | tuple():
            return [fill(value, draws, known, credentials, began) for value in template]
    return template


def values_at(body: Any, where: str) -> list[Any]:
    """Return all values at a place (`data.*.id`) of a body. An array of texts there is one value, as a tuple."""
    found = [body]
    for part in where.split(".") if where else []:
        if part == "*":
            found = [item for value in found if isinstance(value, list) for item in value]
        else:
            found = [value[part] for value in found if isinstance(value, dict) and part in value]
    found = [tuple(value) if _is_list_of_texts(value) else value for value in found]
    return [value for value in found if isinstance(value, str | int | tuple) and not isinstance(value, bool)]


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
