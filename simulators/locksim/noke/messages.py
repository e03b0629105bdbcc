"""What server, lock and fob say to each other, inside what `cipher` seals. The encoding is ours.

    Order       server → lock    what to do, and all that has changed since the lock last confirmed anything
    Report      lock → server    what was taken, how the lock is, and what happened to it
    FobOrder    server → fob     all that the fob shall hold from now on
    FobReport   fob → server     what was taken

Orders and reports are numbered: a lock takes no order twice and none that is older than one it took, and the server
learns nothing twice from a report that is uploaded again.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

__all__ = ["Do", "Event", "FobOrder", "FobReport", "Keys", "Order", "Report", "decode", "encode"]

Do = Literal["unlock", "unshackle", "engage", "firmware"]
"""What the lock shall do when it has taken all else."""

Message = TypeVar("Message", bound=msgspec.Struct)


class Keys(msgspec.Struct, frozen=True, array_like=True):
    """The three keys that a lock and its server share (chapter *Lock Setup/Sync*), 16 bytes in hex each.

    The base key opens what sets the lock up, the master key what the server else says, the limited key is the
    lock's own voice. The document names the three and leaves open what each is for: that is ours.
    """

    base: str
    master: str
    limited: str


class Event(msgspec.Struct, array_like=True):
    """One thing that a lock has noticed. The lock has no clock: `n` counts, and the server works out when it was.

    `action` is one of the API's. What opened it: an order (`order`, its number), a key's place (`place`, in which
    `generation` of its value), or a quick click (`code`, of `version`, with `left` uses left).
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
    """See the module. `heard`: the events up to this number have reached the server; the lock may forget them."""

    number: int
    do: Do
    heard: int = 0
    keys: Keys | None = None
    """Set-up: the keys to keep from now on."""
    places: list[tuple[int, int, str | None]] = []
    """(place, generation, the key to keep there; None: nothing any more)."""
    clicks: list[tuple[str, int, int | None]] = []
    """(code, version, uses; None: forget the code)."""
    explicit_lock: bool | None = None
    """A setting to keep; None: as it was."""


class Report(msgspec.Struct, array_like=True):
    """See the module. `order`: the number of the order that was taken; 0: the lock reports unasked."""

    order: int
    internal_battery: int
    external_battery: int
    firmware: str
    events: list[Event] = []


class FobOrder(msgspec.Struct, array_like=True):
    """See the module: (lock, offline key, unlock command) of each lock that the fob shall open."""

    number: int
    holds: list[tuple[str, str, str]] = []


class FobReport(msgspec.Struct, array_like=True):
    """See the module."""

    order: int


def encode(message: msgspec.Struct) -> bytes:
    """For sealing."""
    return msgspec.msgpack.encode(message)


def decode(body: bytes, as_: type[Message]) -> Message:
    """What was sealed by one of us: its form needs no doubt."""
    return msgspec.msgpack.decode(body, type=as_)
