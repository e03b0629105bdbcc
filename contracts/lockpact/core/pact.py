"""A pact: what one vendor and its clients owe each other, and what is needed to test it. Each vendor has one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from typing import Any, Literal, Protocol

from lockpact.core.law import Judged, Law
from lockpact.core.step import Step

__all__ = [
    "ENVIRONMENTS",
    "PACTS",
    "LiveRules",
    "Pact",
    "Quota",
    "RequestFilter",
    "UnknownPact",
    "VendorOperation",
    "load",
    "matches",
]

PACTS: Mapping[str, str] = {
    "noke": "lockpact.noke:PACT",
    "remotelock": "lockpact.remotelock:PACT",
    "lockt": "lockpact.lockt:PACT",
    "codelocks": "lockpact.codelocks:PACT",
    "nuki": "lockpact.nuki:PACT",
}
"""Vendor → `module:name` of its pact. A pact is imported when it is first used."""


ENVIRONMENTS: Sequence[Mapping[str, Any]] = (
    {},
    {"clock_drift": 3, "battery_drain": 1},
    {},
    {"start": "2026-03-28T22:00:00Z", "clock_drift": 3},
    {},
    {"start": "2026-10-24T22:00:00Z", "battery_drain": 1},
)
"""Half of all examples run in the default world. In the others clocks drift and batteries drain, and some begin in the night
in which Europe's clocks change."""


class UnknownPact(ValueError):
    """There is no pact for a vendor of this name."""


class RequestFilter(Protocol):
    """Decides which requests may be sent."""

    def __call__(self, path: str, method: str = "GET", /) -> bool:
        """Return whether a request of this method to this path may be sent."""
        ...


@dataclass(frozen=True)
class Quota:
    """The most requests that a vendor's contract allows in a period; of several plans, the smallest."""

    calls: int
    per: str
    """day, month …"""
    of: str = ""
    """The operation that is counted, as `--allow` names it. Empty: all operations."""


@dataclass(frozen=True)
class VendorOperation:
    """One row of a vendor's table of operations, as far as live runs and drift use it."""

    method: str
    path: str
    """As in the vendor's OpenAPI document, with `{parameters}`."""
    effect: Literal["read", "write", "destructive"]
    """`read` changes nothing; `destructive` opens, deletes, writes to people or waits for a person."""
    quota: str = ""

    @property
    def id(self) -> str:
        """`METHOD path`."""
        return f"{self.method} {self.path}".strip()


@dataclass(frozen=True)
class LiveRules:
    """What may be sent to a server that is not a simulator.

    Operations that read may be sent unasked. Destructive ones are sent only when they are named one by one. All others
    need to be allowed. An operation is named by its path in the OpenAPI document, with its `{parameters}`: for all its
    methods (`/list`), or for one (`GET /devices/{id}`).
    """

    operations: Callable[[], Sequence[VendorOperation]]
    """Loads the vendor's table (`lockpact.simulators.operations`)."""
    per_second: float
    """The vendor's rate limit, in requests a second."""
    driver: str
    """The module with `drive(driver, credentials, allows, callback_url)`, which drives the reference client on a live server."""
    auth: Callable[[Mapping[str, Any]], Mapping[str, Mapping[str, str]]]
    """Credentials → security scheme of the OpenAPI document → its value, in Schemathesis's form."""
    production: frozenset[str] = frozenset()
    """The vendor's production hosts. These and their subdomains are refused by default."""
    refused: Callable[[int, bytes], bool] | None = None
    """Whether (status, body) is a refusal, for a vendor that refuses with a success status. None: the status decides."""
    expected: Mapping[str, Sequence[int | str]] = field(default_factory=dict)
    """Operations whose valid requests may be refused because of the server's data → all statuses they may get."""
    in_part: frozenset[str] = frozenset()
    """Operations that accept the valid part of a request and ignore the rest."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of every request, in addition to the credentials."""
    quotas: Sequence[Quota] = ()
    keys: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] = lambda server, credentials: credentials
    """For a vendor of several servers: (a server's name in the connection info, all credentials there) → its own credentials."""
    pre_release: Mapping[str, str] = field(default_factory=dict)
    """A server's name in the connection info → the name of its pre-release server, which has the same data."""
    named: frozenset[str] = frozenset()
    """Kinds of objects (`lock`) that the user must name before anything is sent that does more than read, because other
    people may own the others."""
    sign_in: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] = lambda url, credentials: credentials
    """(The server's URL, credentials) → what else `auth` needs, for a vendor that must be signed in to first."""

    @cached_property
    def reads(self) -> frozenset[str]:
        """The operations that change nothing."""
        return frozenset(row.id for row in self.operations() if row.effect == "read")

    @cached_property
    def destructive(self) -> frozenset[str]:
        """The operations that are sent only when they are named."""
        return frozenset(row.id for row in self.operations() if row.effect == "destructive")

    def quota(self, allow: frozenset[str]) -> Quota | None:
        """Return the smallest quota that counts anything that may be sent when these operations are allowed."""
        counted = [
            quota
            for quota in self.quotas
            if not quota.of or self.allowed(quota.of.partition(" ")[2], allow, quota.of.partition(" ")[0])
        ]
        return min(counted, key=lambda quota: quota.calls, default=None)

    def allowed(self, path: str, allow: frozenset[str], method: str = "GET") -> bool:
        """Return whether a request to this path, a template or filled in, may be sent when these operations are allowed.

        `*` allows everything that is not destructive.
        """
        if _is_one_of(method, path, allow) or _is_one_of(method, path, self.reads):
            return True
        return "*" in allow and not _is_one_of(method, path, self.destructive)


def _is_one_of(method: str, path: str, operations: Collection[str]) -> bool:
    return any(matches(operation, method, path) for operation in operations)


def matches(operation: str, method: str, path: str) -> bool:
    """Return whether a request is of this operation: `GET /devices/{id}`, or a path for all its methods."""
    return _pattern(operation).fullmatch(f"{method} {path}") is not None


@cache
def _pattern(operation: str) -> re.Pattern[str]:
    """Compile an operation to a pattern of `METHOD path`, in which a parameter is one part of the path."""
    method, _, path = operation.rpartition(" ")
    parts = ("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"({[^}]*})", path))
    return re.compile(f"{method or '[A-Z]+'} {''.join(parts)}")


@dataclass(frozen=True)
class Pact:
    """All that the shared part of lockpact needs to know about one vendor."""

    vendor: str
    title: str
    document: str
    """The title and version of the vendor's document."""
    port: type[Any]
    """The Protocol that an adapter implements. Its methods are the calls that laws judge."""
    errors: type[Exception]
    """The base class of the port's errors. Any other exception of an adapter is unexpected."""
    laws: tuple[Law, ...]
    machine: Callable[[], type[Any]]
    """Imports and returns the vendor's `PactMachine`, and Hypothesis with it."""
    reference: str
    """`module:Class` of the reference client, which keeps every law."""
    truth: Callable[[Any], Any]
    """The vendor's handle in a simulated world → the vendor's truth now."""
    secrets: Callable[[Mapping[str, Any]], list[str]]
    """Credentials → the texts that no report may show."""
    callback_url: str
    """The callback URL of clients under test."""
    live: LiveRules
    environment: Mapping[str, Callable[[Mapping[str, Any]], str]] = field(default_factory=dict)
    """For `watch`: environment variable → its value, from the vendor's part of the connection info."""
    passing: Sequence[str] = ()
    """The vendor's refusals that pass by themselves, by the simulator's names: it is busy, or fails for a moment."""
    nearby: Callable[[Any], Any] = lambda stage: None
    """A stage → what its clients reach without the network; see `Connection.nearby`."""
    objects: Mapping[str, type[Any]] = field(default_factory=dict)
    """What a client is given to call: `nearby`, or the name of a credential → its class. Adapters in other languages call it
    through the protocol."""
    world: Mapping[str, Any] = field(default_factory=dict)
    """Options of the worlds that the pact is tested in."""
    environments: Sequence[Mapping[str, Any]] = ENVIRONMENTS
    """Further options, one set for each example. The first is the simplest: reports prefer it."""

    @cached_property
    def port_laws(self) -> tuple[Law, ...]:
        """The implied laws: each method of the port, and the constructor, raises only the port's errors."""
        return tuple(_raises_only(method, self.errors) for method in ("made", *self.methods()))

    @property
    def law_ids(self) -> tuple[str, ...]:
        """The ids of all laws in the order of reports, the implied ones last."""
        return tuple(law.id for law in (*self.laws, *self.port_laws))

    def law(self, id: str) -> Law:
        """Return the law of this id. Raises KeyError."""
        return {law.id: law for law in (*self.laws, *self.port_laws)}[id]

    def methods(self) -> tuple[str, ...]:
        """Return the names of the port's public methods."""
        return tuple(name for name in vars(self.port) if not name.startswith("_"))


def _raises_only(method: str, errors: type[Exception]) -> Law:
    """Return the implied law that a method of the port raises only the port's errors."""

    def judge(s: Step[Any]) -> Judged:
        assert s.error is None or isinstance(s.error, errors), (
            f"{method} raised {type(s.error).__name__}, which is not a {errors.__name__}: the adapter must translate it if it "
            "means one of the port's errors; otherwise the client has failed"
        )
        return None

    sentence = f"{method} raises only the port's errors"
    return Law(f"PORT-{method}", sentence, (method,), "the port", (), "results", judge, implied=True)


def load(vendor: str) -> Pact:
    """Return the pact of this vendor. Raises UnknownPact, which lists the known ones."""
    try:
        module, _, name = PACTS[vendor].partition(":")
    except KeyError:
        raise UnknownPact(f"there is no pact for {vendor!r}; known vendors: {', '.join(PACTS)}") from None
    pact: Pact = getattr(import_module(module), name)
    return pact
