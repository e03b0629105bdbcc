"""What a vendor gives to the engine: one `Vendor`, made of tables. The engine knows no vendor by name.

A vendor's functions get a `Turn` (time, random values, timers, pending requests, deliveries) and the vendor's own
state, and change that state. Everything that lasts is in the state, the timers and the pending requests, as plain data.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import msgspec.inspect

from locksim.engine.deliveries import Delivery
from locksim.engine.display import Display
from locksim.engine.errors import Unknown, WrongArguments
from locksim.engine.inputs import Answer, DeliveryOutcome
from locksim.engine.turn import Turn
from locksim.engine.variants import LIVE, Variant

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = [
    "MAX_ADDED",
    "MAX_NAME",
    "MAX_NUMBER",
    "Action",
    "Device",
    "Site",
    "Support",
    "Vendor",
    "argument_schema",
    "perform",
    "select_variants",
    "variants_of",
]

MAX_ADDED = 10_000
"""How many devices of a kind a world may have after others were added."""
MAX_NAME = 200
"""Characters of a name that are kept."""
MAX_NUMBER = 1_000_000_000
"""The largest number, in either direction, that a device action takes: as seconds, about 31 years."""
_CAPITAL = re.compile("(?=[A-Z])")


@dataclass(frozen=True)
class Site:
    """One base URL of a vendor's API.

    Attributes:
        name: The site's name in this project.
        port: Its fixed port under `serve`.
        hosts: The host names of the vendor's real site, with the port where it is not the scheme's own. A world in
            process uses the first.
        scheme: `https` or `http`.
        path: The base path.
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
    """A piece of hardware as the control API shows it. `state` is what a person who stands in front of it can see."""

    id: str
    kind: str
    state: dict[str, Any]
    actions: tuple[str, ...] = ()


class Action(Protocol):
    """A device action: `def press_button(turn, state, device, *, seconds: int = 1) -> dict`.

    Its annotated keyword-only parameters are the JSON arguments, which are checked before the call. It returns a JSON
    object that says what happened, or raises `Impossible`. A refusal *by the hardware* is a result, not an error.
    """

    def __call__(self, turn: Turn, state: Any, device: str, /, *_: Any, **args: Any) -> dict[str, Any]:
        """Do it."""


class Support(Protocol):
    """Something that the vendor's staff or the account's owner does. Like `Action`, but without a device."""

    def __call__(self, turn: Turn, state: Any, /, *_: Any, **args: Any) -> dict[str, Any]:
        """Do it."""


def _do_nothing(*_: Any) -> None:
    """Serve as the default hook."""


def _no_secrets(state: Any) -> Iterable[str]:
    return ()


def _texts(thing: Any) -> Iterator[str]:
    """Yield all texts in a JSON object, except URLs."""
    for value in thing.values():
        if isinstance(value, Mapping):
            yield from _texts(value)
        elif "://" not in str(value):
            yield str(value)


@dataclass(frozen=True, eq=False)
class Vendor:
    """Everything that the engine needs to know about one vendor."""

    name: str
    title: str
    sites: tuple[Site, ...]
    """The first is the main one: its URL is the `url` of the connection info."""
    state: type[msgspec.Struct]
    schema: int
    """The version of `state`. A checkpoint of another version is refused."""
    seed: Callable[[Turn], Any]
    """Returns the default state. It may use random values and `turn.now`. It sets no timers (`start_timers` does) and
    sends nothing."""
    app: Callable[[], WSGIApplication]
    """Makes the Flask app. Its views get their turn from `locksim.engine.wsgi.this_turn()`. If it has a method `lazy`, the
    engine asks the app which that makes, once in a process (`locksim.api.app`)."""
    internal_error: Callable[[Turn], Answer]
    """Returns the vendor's own 5xx, for when the simulator itself fails."""
    credentials: Callable[[Any], dict[str, Any]]
    """state → the `credentials` of the connection info."""
    devices: Callable[[Turn, Any], list[Device]]
    device: Callable[[Turn, Any, str], Device | None]
    """(turn, state, id) → the device with this id, at a cost that does not grow with their number."""
    actions: Mapping[str, Mapping[str, Action]] = field(default_factory=dict)
    """device kind → action name → function."""
    support: Mapping[str, Support] = field(default_factory=dict)
    """support action name → function."""
    timers: Mapping[str, Callable[..., None]] = field(default_factory=dict)
    """timer event → `def event(turn, state, **args)`."""
    start_timers: Callable[[Turn, Any], None] = _do_nothing
    """Sets the timers that a state needs, when it comes into a world: the default state or another. It changes nothing of
    the state except what the state knows about its timers."""
    on_physics: Callable[[Turn, Any], None] = _do_nothing
    """Gives all devices the drift and the drain of `turn.physics`, which the tester has just changed. What a clock shows and
    what a battery has left stay as they are at this moment."""
    renderers: Mapping[str, Callable[[Turn, dict[str, Any], Any], Answer]] = field(default_factory=dict)
    """kind of a pending request → `def render(turn, args, value) -> Answer`, called when the request is resolved."""
    refusals: Mapping[str, Callable[[Turn], Answer]] = field(default_factory=dict)
    """The vendor's own answers for injected faults: name ("unavailable", "rate_limited", …) → the answer."""
    on_delivery_outcome: Callable[[Turn, Any, Delivery, DeliveryOutcome], None] = _do_nothing
    """Handles the outcome of a delivery attempt: counts it, tries again later, gives up."""
    connection_info: Callable[[dict[str, str]], dict[str, Any]] = lambda urls: {}
    """{site name: url} → what the connection info has in addition to url and credentials."""
    extra_secrets: Callable[[Any], Iterable[str]] = _no_secrets
    """state → the secrets that are not among the credentials: tokens, PINs, keys. For masked journals."""
    secret_places: frozenset[str] = frozenset()
    """The keys, parameters and headers whose values are secrets, in requests, answers, arguments and the state. For masked
    journals. Case, hyphens and underscores do not matter."""
    variants: Callable[[], Iterable[type[Variant]]] = tuple
    """Loads the vendor's variants (`locksim.engine.variants`)."""
    invariants: Callable[[Any], None] = _do_nothing
    """Raises AssertionError if the state contradicts itself."""
    display: Callable[[], Display | None] = lambda: None
    """Loads what the console shows of this vendor in addition to its devices."""

    def site(self, name: str) -> Site:
        """Return the site of this name. Raises Unknown."""
        for site in self.sites:
            if site.name == name:
                return site
        raise Unknown(f"{self.name} has no site {name!r}; it has {', '.join(s.name for s in self.sites)}")

    def secrets(self, state: Any) -> Iterable[str]:
        """Yield the secrets in this state: the credentials, and what else the vendor names."""
        yield from _texts(self.credentials(state))
        yield from self.extra_secrets(state)

    @property
    def openapi(self) -> Path:
        """The path of the vendor's OpenAPI document, in the vendor's package."""
        return Path(inspect.getfile(self.state)).with_name("openapi.yaml")

    @property
    def fidelity(self) -> Path:
        """The path of the vendor's rules with their evidence, in the vendor's package."""
        return self.openapi.with_name("FIDELITY.md")


# ---- device actions


@cache
def _arguments(function: Callable[..., Any]) -> type[msgspec.Struct]:
    """Return the keyword-only parameters of a function as a strict struct."""
    fields: list[Any] = []
    for name, p in inspect.signature(function).parameters.items():
        if p.kind is p.KEYWORD_ONLY:
            fields.append((name, p.annotation) if p.default is p.empty else (name, p.annotation, p.default))
    # Annotations may be strings: msgspec evaluates them in the function's own module.
    return msgspec.defstruct("Arguments", fields, kw_only=True, forbid_unknown_fields=True, module=function.__module__)


def argument_schema(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the JSON schema of an action's arguments."""
    (schema,), components = msgspec.json.schema_components([_arguments(function)])
    return schema if "$ref" not in schema else components["Arguments"]


@cache
def _numbers(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the parameters that take only numbers: lengths and counts. A code may be given as a text, too."""
    fields = msgspec.structs.fields(_arguments(function))
    return tuple(one.encode_name for one in fields if _is_number(msgspec.inspect.type_info(one.type)))


def _is_number(type_: msgspec.inspect.Type) -> bool:
    match type_:
        case msgspec.inspect.Metadata(type=inner):
            return _is_number(inner)
        case msgspec.inspect.UnionType(types=types):
            return all(isinstance(one, msgspec.inspect.NoneType) or _is_number(one) for one in types)
    return isinstance(type_, msgspec.inspect.IntType | msgspec.inspect.FloatType)


def perform(function: Callable[..., dict[str, Any]], what: str, args: dict[str, Any], *given: Any) -> dict[str, Any]:
    """Check JSON arguments against the function's keyword-only parameters, then call it.

    Args:
        function: The function of a device action or a command.
        what: Its name, for the error.
        args: The JSON arguments.
        given: The positional arguments, which are not checked.

    Raises:
        WrongArguments: An argument is missing, unknown, or of another type.
        Refused: Whatever the function refuses.
    """
    try:
        checked = msgspec.convert(args, _arguments(function))
    except msgspec.ValidationError as error:
        takes = ", ".join(f.encode_name for f in msgspec.structs.fields(_arguments(function))) or "no arguments"
        raise WrongArguments(f"{what}: {error}; it takes {takes}") from None
    for name in _numbers(function):
        value = getattr(checked, name)
        if value is not None and not -MAX_NUMBER <= value <= MAX_NUMBER:
            raise WrongArguments(f"{what}: {name} must be from -{MAX_NUMBER} to {MAX_NUMBER}, not {value!r}")
    return function(*given, **msgspec.structs.asdict(checked))


# ---- variants


def variants_of(vendor: Vendor) -> dict[str, Variant]:
    """Return a vendor's variants by id, in the vendor's order. An id is `vendor-` and the class name with hyphens."""
    return {f"{vendor.name}{_CAPITAL.sub('-', cls.__name__).lower()}": cls() for cls in vendor.variants()}


def select_variants(vendors: Mapping[str, Vendor], ids: Iterable[str]) -> dict[str, list[Variant]]:
    """Return the variants of these ids, by vendor. An id may end with `LIVE`. Raises Unknown, naming what there is."""
    selected: dict[str, list[Variant]] = {}
    for id_ in ids:
        name = id_.partition("-")[0]
        if name not in vendors:
            raise Unknown(f"there is no variant {id_!r}; variants begin with a vendor's name: {', '.join(vendors)}")
        known, plain = variants_of(vendors[name]), id_.removesuffix(LIVE)
        if plain not in known:
            raise Unknown(f"there is no variant {id_!r}; {name} has {', '.join(known) or 'none'}")
        selected.setdefault(name, []).append(type(known[plain])(live=plain != id_))
    return selected
