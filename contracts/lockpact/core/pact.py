"""A pact: what one vendor and its clients owe each other, and what it takes to try them. One for each vendor."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from lockpact.core.law import Law

if TYPE_CHECKING:
    from lockpact.driving.state_machine import PactMachine

__all__ = ["PACTS", "LiveRules", "Pact", "Quota", "UnknownPact", "VendorOperation", "listed", "load"]

PACTS: Mapping[str, str] = {
    "noke": "lockpact.noke:PACT",
    "remotelock": "lockpact.remotelock:PACT",
    "lockt": "lockpact.lockt:PACT",
    "codelocks": "lockpact.codelocks:PACT",
    "nuki": "lockpact.nuki:PACT",
}
"""The registry: vendor → where its pact is. A pact is loaded when it is asked for."""


class UnknownPact(ValueError):
    """There is no pact with a vendor of this name."""


@dataclass(frozen=True)
class Quota:
    """The most requests that a vendor's contract has in a time: the smallest of its plans, where there are several."""

    calls: int
    per: str
    """day, month …"""
    of: str = ""
    """The operation that is counted so, as `--allow` names it; none: all of them."""


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


def listed(reads: Collection[str], destructive: Collection[str]) -> Callable[[], Sequence[VendorOperation]]:
    """Return these operations as rows: for vendors whose pact does not read the simulator's table yet."""
    rows = [(name, "read") for name in reads] + [(name, "destructive") for name in destructive]
    found = [VendorOperation(name.rpartition(" ")[0], name.rpartition(" ")[2], effect) for name, effect in rows]  # type: ignore[arg-type]
    return lambda: found


@dataclass(frozen=True)
class LiveRules:
    """What may be sent to a server that is not ours.

    Operations that read may be sent unasked. Destructive ones are sent only when they are named one by one. All others
    need to be allowed. An operation is named by its path in the OpenAPI document, with its `{parameters}`: for all its
    methods (`/list`), or for one (`GET /devices/{id}`).
    """

    operations: Callable[[], Sequence[VendorOperation]]
    """Loads the vendor's table (`lockpact.simulators.operations`)."""
    per_second: float
    """The most requests a second that the vendor bears."""
    driver: str
    """The module with `drive(driver, credentials, may, callback_url)`: what the reference client does at a live server."""
    auth: Callable[[Mapping[str, Any]], Mapping[str, Mapping[str, str]]]
    """Credentials → security scheme of the OpenAPI document → its value, as Schemathesis wants it."""
    production: frozenset[str] = frozenset()
    """The vendor's own hosts, and all below them: never to be driven."""
    refused: Callable[[int, bytes], bool] | None = None
    """For a vendor that refuses with a success status: whether (status, body) is a refusal. None: the status tells."""
    expected: Mapping[str, Sequence[int | str]] = field(default_factory=dict)
    """Operations whose valid requests may be refused for what is there, with all statuses then."""
    in_part: frozenset[str] = frozenset()
    """Operations that take a request in part: something invalid in it need not refuse the whole."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What every request carries beside the credentials."""
    quotas: Sequence[Quota] = ()
    keys: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] = lambda server, credentials: credentials
    """For a vendor of several servers: a server's name in the ready document, and all credentials there → its own."""
    pre_release: Mapping[str, str] = field(default_factory=dict)
    """A server's name in the ready document → that of the one that runs what comes next, on the same data."""
    named: frozenset[str] = frozenset()
    """Kinds of things (`lock`) that must be named one by one before anything is sent that does more than read, as where
    servers share them."""
    sign_in: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] = lambda url, credentials: credentials
    """Where the credentials are not what requests carry: the server's URL and they → what else `auth` needs, too."""

    @cached_property
    def reads(self) -> frozenset[str]:
        """The operations that change nothing."""
        return frozenset(row.id for row in self.operations() if row.effect == "read")

    @cached_property
    def destructive(self) -> frozenset[str]:
        """The operations that are sent only when they are named."""
        return frozenset(row.id for row in self.operations() if row.effect == "destructive")

    def quota(self, allow: frozenset[str]) -> Quota | None:
        """The tightest of those that count what may be sent when these operations were allowed."""
        counted = [
            quota
            for quota in self.quotas
            if not quota.of or self.allowed(quota.of.partition(" ")[2], allow, quota.of.partition(" ")[0])
        ]
        return min(counted, key=lambda quota: quota.calls, default=None)

    def allowed(self, path: str, allow: frozenset[str], method: str = "GET") -> bool:
        """Whether a request to this path (a template, or one that was filled in) may be sent when these operations
        were allowed; `*` allows all but the destructive."""
        if _named(method, path, allow) or _named(method, path, self.reads):
            return True
        return "*" in allow and not _named(method, path, self.destructive)


def _named(method: str, path: str, operations: Collection[str]) -> bool:
    return any(_pattern(operation).fullmatch(f"{method} {path}") for operation in operations)


@cache
def _pattern(operation: str) -> re.Pattern[str]:
    """An operation as a pattern over `METHOD path`. A parameter is one part of the path."""
    method, _, path = operation.rpartition(" ")
    parts = ("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"({[^}]*})", path))
    return re.compile(f"{method or '[A-Z]+'} {''.join(parts)}")


@dataclass(frozen=True)
class Pact:
    """Everything that the framework needs to know of one vendor's pact."""

    vendor: str
    title: str
    document: str
    """The vendor's document, with its version, as a reader would look for it."""
    port: type[Any]
    """The Protocol that an adapter implements; its methods are the calls that laws are judged on."""
    errors: type[Exception]
    """The root of the port's typed errors. Another exception out of an adapter is a surprise."""
    laws: tuple[Law, ...]
    machine: Callable[[], type[PactMachine[Any]]]
    """Loads the state machine (Hypothesis is imported then)."""
    reference: str
    """`module:Class` of the reference client, which keeps every law."""
    truth: Callable[[Any], Any]
    """A stand-in's site → the vendor's truth now."""
    secrets: Callable[[Mapping[str, Any]], list[str]]
    """Credentials → the texts that no report may show."""
    callback_url: str
    """Where clients under test let the vendor deliver to."""
    live: LiveRules
    environment: Mapping[str, Callable[[Mapping[str, Any]], str]] = field(default_factory=dict)
    """For `watch`: variable → its value, from the vendor's part of the ready document."""
    nearby: Callable[[Any], Any] = lambda stage: None
    """A stage → what clients there reach otherwise than by the network; see `Site.nearby`."""
    world: Mapping[str, Any] = field(default_factory=dict)
    """Options of the worlds that the pact is tried in."""

    def law(self, id: str) -> Law:
        """The law of this id. Raises KeyError."""
        return {law.id: law for law in self.laws}[id]

    def methods(self) -> tuple[str, ...]:
        """What a client can do: the port's public methods."""
        return tuple(name for name in vars(self.port) if not name.startswith("_"))


def load(vendor: str) -> Pact:
    """The pact with this vendor. Raises UnknownPact, naming those that there are."""
    try:
        module, _, name = PACTS[vendor].partition(":")
    except KeyError:
        raise UnknownPact(f"there is no pact with {vendor!r}; there are: {', '.join(PACTS)}") from None
    pact: Pact = getattr(import_module(module), name)
    return pact
