"""What a vendor shows in the console in addition to its devices: requests, recipes, what runs out, what a device holds.

A vendor without a `Display` has all else: its devices, its turns, its near misses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

import msgspec

from locksim.engine.turn import Turn

__all__ = ["Display", "Gauge", "Holding", "OperationRow", "Recipe", "Step", "fill"]

_Time = Annotated[str, msgspec.Meta(description="In UTC.", extra_json_schema={"format": "date-time"})]

_PLACEHOLDER = re.compile(r"{{ *([a-z_]+) *}}")


class Gauge(msgspec.Struct, omit_defaults=True):
    """Something that runs out: by use (`used` of `total`), by time (from `begins` to `ends`), or by both."""

    title: str
    then: str
    """What happens when it has run out, in a few words."""
    used: int | None = None
    total: int | None = None
    begins: _Time | None = None
    ends: _Time | None = None
    device: str = ""
    """The device that it belongs to; "" for the account."""


class Holding(msgspec.Struct, omit_defaults=True):
    """Something that a device holds, or that is still on its way to or from it.

    `held`: the device has it. `arriving`: the server has it, the device does not yet. `leaving`: the device has it, though the
    server has taken it back or changed it. `reporting`: the device has it, the server does not know yet. `failed`: the device
    cannot take it.
    """

    what: str
    state: Literal["held", "arriving", "leaving", "reporting", "failed"]
    detail: str = ""


class Step(msgspec.Struct, omit_defaults=True):
    """One step of a recipe. `keep` names what later steps need of its result: name → path in it, as `data.id`.

    Texts may have placeholders: `{{name}}` is a credential, or what an earlier step kept.
    """

    title: str
    kind: Literal["request", "act", "support", "until", "advance"]
    why: str = ""
    method: str = ""
    target: str = ""
    headers: list[tuple[str, str]] = []
    body: str = ""
    device: str = ""
    action: str = ""
    args: dict[str, Any] = {}
    until: _Time | None = None
    seconds: float = 0
    keep: dict[str, str] = {}
    site: str = ""


class Recipe(msgspec.Struct):
    """Steps that show something, one after another."""

    title: str
    about: str
    steps: list[Step]


class OperationRow(Protocol):
    """What the console needs of a row of a vendor's operation table (`locksim.api.operations.Operation`)."""

    @property
    def method(self) -> str:
        """The HTTP method."""

    @property
    def path(self) -> str:
        """The path below the base, with `{parameters}`."""

    @property
    def handler(self) -> Callable[..., Any]:
        """The handler, whose docstring says what the operation does."""

    @property
    def effect(self) -> str:
        """`read`, `write` or `destructive`."""

    @property
    def chapter(self) -> str:
        """The chapter of the vendor's document."""

    @property
    def parameters(self) -> tuple[Any, ...]:
        """The parameters: `name`, `where`, `required`."""


def _nothing(*_: Any) -> Any:
    return ()


@dataclass(frozen=True, kw_only=True)
class Display:
    """What a vendor shows in the console. Its functions only read."""

    operations: Iterable[OperationRow]
    base: str = ""
    """The path before every operation's."""
    site_of: Callable[[str], str] = lambda path: ""
    """path → the site that serves it; "" is the main one."""
    headers: tuple[tuple[str, str], ...] = ()
    """The headers that every request needs."""
    query: tuple[tuple[str, str], ...] = ()
    """The query parameters that every request needs."""
    without_credentials: tuple[str, ...] = ()
    """The paths that need neither."""
    values: Callable[[Turn, Any, str], Mapping[str, str]]
    """(turn, state, site) → what the placeholders stand for: the credentials of this world."""
    examples: Callable[[Turn, Any], Mapping[str, str]] = lambda turn, state: {}
    """(turn, state) → parameter name → a value that exists in this world."""
    gauges: Callable[[Turn, Any], Iterable[Gauge]] = _nothing
    holdings: Callable[[Turn, Any], Mapping[str, list[Holding]]] = lambda turn, state: {}
    """(turn, state) → device id → what it holds. Devices that hold nothing may be left out."""
    recipes: Callable[[Turn, Any], Iterable[Recipe]] = _nothing
    rules: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Pairs: a pattern of near misses and of the reasons that devices give, and the rules that it follows from."""


def fill(text: str, values: Mapping[str, str], quote: Callable[[str], str] = str) -> str:
    """Return the text with a value in place of each placeholder that has one."""
    return _PLACEHOLDER.sub(lambda found: quote(values[found[1]]) if found[1] in values else found[0], text)
