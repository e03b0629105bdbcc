"""The messages between server, lock and fob that `crypto` seals. Their encoding is ours.

    Order       server → lock    what to do, and all changes that the lock has not confirmed
    Report      lock → server    the order that was taken, the lock's condition, and its events
    FobOrder    server → fob     the credentials that the fob holds from now on
    FobReport   fob → server     the order that was taken

Orders are numbered: a lock takes no order twice, and none that is older than one it took. Events are numbered, too: the
server learns nothing twice from a report that is uploaded again.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

__all__ = ["Do", "Event", "FobOrder", "FobReport", "Keys", "Order", "Report", "decode", "encode"]

Do = Literal["unlock", "unshackle", "engage", "firmware"]
"""What the lock does once it has taken the order's changes."""

Message = TypeVar("Message", bound=msgspec.Struct)


class Keys(msgspec.Struct, frozen=True, array_like=True):
    """The three keys that a lock and its server share (chapter *Lock Setup/Sync*), 16 bytes in hex each.

    The base key opens set-up orders, the master key opens all other orders, and the limited key seals the lock's reports.
    The document names the three keys and leaves their use open: the use is ours.
    """

    base: str
    master: str
    limited: str


class Event(msgspec.Struct, array_like=True):
    """One event in a lock's memory. The lock has no date: `n` counts events, and the server works out their times.

    `action` is one of the API's actions. The other fields say what opened the lock: an order (its number), an offline key
    (its place and the generation of its value), or a quick click (code, version, and uses left).
    """

    n: int
    action: str
    order: int = 0
    place: int = 0
    generation: int = 0
    code: str = ""
    version: int = 0
    left: int = 0


class Order(msgspec.Struct, array_like=True):
    """An order for a lock. Events up to the number `acknowledged` have reached the server; the lock may forget them."""

    number: int
    do: Do
    acknowledged: int = 0
    keys: Keys | None = None
    """For set-up: the keys to keep from now on."""
    places: list[tuple[int, int, str | None]] = []
    """(place, generation, the key to keep there; None: remove it)."""
    clicks: list[tuple[str, int, int | None]] = []
    """(code, version, uses; None: forget the code)."""
    explicit_lock: bool | None = None
    """A setting to keep; None: unchanged."""


class Report(msgspec.Struct, array_like=True):
    """A lock's report. `order`: the number of the order that was taken; 0: there was none."""

    order: int
    internal_battery: int
    external_battery: int
    firmware: str
    events: list[Event] = []


class FobOrder(msgspec.Struct, array_like=True):
    """An order for a fob. `holds`: (lock, offline key, unlock command) of each credential."""

    number: int
    holds: list[tuple[str, str, str]] = []


class FobReport(msgspec.Struct, array_like=True):
    """A fob's report."""

    order: int


def encode(message: msgspec.Struct) -> bytes:
    """Encode a message for `crypto.seal`."""
    return msgspec.msgpack.encode(message)


def decode(body: bytes, as_: type[Message]) -> Message:
    """Decode a message. Only what was sealed by `encode` and `seal` gets here, so its form is valid."""
    return msgspec.msgpack.decode(body, type=as_)
