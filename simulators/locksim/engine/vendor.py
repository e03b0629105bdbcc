"""What a vendor hands the kernel: one `Vendor`, made of tables. The kernel knows no vendor by name.

A vendor's domain is pure: its functions get a `Turn` (now, chance, timers, tickets, deliveries) and the vendor's
own state, and change that state. Everything that lasts is in the state, the timers and the tickets, as plain data.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from locksim.engine.errors import Unknown, WrongArguments
from locksim.engine.inputs import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from locksim.engine.deliveries import Delivery
    from locksim.engine.inputs import DeliveryOutcome
    from locksim.engine.turn import Turn
    from locksim.engine.variants import Variant

__all__ = ["Device", "Site", "Vendor", "perform"]


@dataclass(frozen=True)
class Site:
    """One door of a vendor: a base URL of its own.

    `port` is its fixed port under `serve`; `hosts` are the names (with port, where it is not the scheme's own) that
    the vendor's real door has, first the one that a world uses in process. `path` is the base path below it.
    """

    name: str
    port: int
    hosts: tuple[str, ...]
    scheme: str = "https"
    path: str = ""

    @property
    def url(self) -> str:
        """The base URL in process, without a trailing slash."""
        return f"{self.scheme}://{self.hosts[0]}{self.path}"


class Device(msgspec.Struct, frozen=True):
    """A piece of hardware as the control door shows it. `state` is what a person standing before it can know."""

    id: str
    kind: str
    state: dict[str, Any]
    actions: tuple[str, ...] = ()


class Action(Protocol):
    """An act on a device: `def press_button(turn, state, device, *, seconds: int = 1) -> dict`.

    Keyword-only parameters with annotations are the JSON arguments; they are checked before the call. It answers a
    JSON object (what happened), or raises `Impossible`. A refusal *by the hardware* is an answer, not an error.
    """

    def __call__(self, turn: Turn, state: Any, device: str, /, *_: Any, **args: Any) -> dict[str, Any]: ...


class Support(Protocol):
    """What the vendor's own staff or the account's owner does; as `Action`, without a device."""

    def __call__(self, turn: Turn, state: Any, /, *_: Any, **args: Any) -> dict[str, Any]: ...


def _nothing(*_: Any) -> None:
    """The default hook: nothing to do."""


def _nothing_more(state: Any) -> Iterable[str]:
    """The default hook: the credentials are all."""
    return ()


def _texts(thing: Any) -> Iterator[str]:
    """All texts in a JSON object, but for addresses."""
    for value in thing.values():
        if isinstance(value, Mapping):
            yield from _texts(value)
        elif "://" not in str(value):
            yield str(value)


@dataclass(frozen=True, eq=False)
class Vendor:
    """Everything that the kernel needs to know of one vendor."""

    name: str
    title: str
    sites: tuple[Site, ...]
    """The first is the main one: its URL is the ready document's `url`."""
    state: type[msgspec.Struct]
    schema: int
    """The version of `state`; a checkpoint of another version is refused."""
    seed: Callable[[Turn], Any]
    """The default world. It may draw and read `turn.now`; it sets no timers (`start_timers` does) and sends nothing."""
    app: Callable[[], WSGIApplication]
    """Makes the Flask app, once a process. Its views find their turn with `locksim.engine.wsgi.this_turn()`."""
    internal_error: Callable[[Turn], Answer]
    """The vendor's own 5xx, for when the stand-in itself fails."""
    credentials: Callable[[Any], dict[str, Any]]
    """state → the ready document's `credentials`."""
    devices: Callable[[Turn, Any], list[Device]]
    actions: Mapping[str, Mapping[str, Action]] = field(default_factory=dict)
    """device kind → action name → act."""
    support: Mapping[str, Support] = field(default_factory=dict)
    timers: Mapping[str, Callable[..., None]] = field(default_factory=dict)
    """timer event → `def event(turn, state, **args)`."""
    start_timers: Callable[[Turn, Any], None] = _nothing
    """A state has come into the world, the default one or another: set the timers that it wants, and change nothing
    of the state but what it knows of them."""
    renderers: Mapping[str, Callable[[Turn, dict[str, Any], Any], Answer]] = field(default_factory=dict)
    """ticket kind → `def render(turn, ticket_args, value) -> Answer`, at the ticket's resolution."""
    refusals: Mapping[str, Callable[[Turn], Answer]] = field(default_factory=dict)
    """Faults in the vendor's dialect: name ("unavailable", "rate_limited", …) → the answer."""
    on_delivery_outcome: Callable[[Turn, Any, Delivery, DeliveryOutcome], None] = _nothing
    """What an attempt's outcome means to the vendor: count it, try again later, give up."""
    connection_info: Callable[[dict[str, str]], dict[str, Any]] = lambda urls: {}
    """{site name: url} → what else belongs into the ready document beside url and credentials."""
    extra_secrets: Callable[[Any], Iterable[str]] = _nothing_more
    """state → what else opens something beside the credentials: tokens, PINs, keys. For masked journals."""
    variants: Callable[[], Iterable[type[Variant]]] = tuple
    """Loads the catalogue of changes that this vendor might make, for practice (`locksim.engine.variants`)."""
    invariants: Callable[[Any], None] = _nothing
    """Raises AssertionError when the state contradicts itself."""

    def site(self, name: str) -> Site:
        """The site of this name; raises Unknown."""
        for site in self.sites:
            if site.name == name:
                return site
        raise Unknown(f"{self.name} has no site {name!r}; it has {', '.join(s.name for s in self.sites)}")

    def secrets(self, state: Any) -> Iterable[str]:
        """What opens something: the credentials, and what else the vendor names."""
        yield from _texts(self.credentials(state))
        yield from self.extra_secrets(state)

    @property
    def openapi(self) -> Path:
        """The vendor's OpenAPI document, beside its package."""
        return Path(inspect.getfile(self.state)).with_name("openapi.yaml")


@cache
def _arguments(function: Callable[..., Any]) -> type[msgspec.Struct]:
    """The keyword-only parameters of an act as a strict struct."""
    fields: list[Any] = []
    for name, p in inspect.signature(function).parameters.items():
        if p.kind is p.KEYWORD_ONLY:
            fields.append((name, p.annotation) if p.default is p.empty else (name, p.annotation, p.default))
    # Annotations may be texts: msgspec reads them in the function's own module.
    return msgspec.defstruct("Arguments", fields, kw_only=True, forbid_unknown_fields=True, module=function.__module__)


def perform(function: Callable[..., dict[str, Any]], what: str, args: dict[str, Any], *given: Any) -> dict[str, Any]:
    """Check the JSON arguments against the function's own signature, then call it. Raises WrongArguments."""
    try:
        checked = msgspec.convert(args, _arguments(function))
    except msgspec.ValidationError as wrong:
        takes = ", ".join(f.encode_name for f in msgspec.structs.fields(_arguments(function))) or "no arguments"
        raise WrongArguments(f"{what}: {wrong}; it takes {takes}") from None
    return function(*given, **msgspec.structs.asdict(checked))
