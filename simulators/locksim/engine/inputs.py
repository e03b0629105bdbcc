"""The inputs of a world, and the answers to its callers.

Every input is plain data with its time (`at`, integer microseconds since the epoch, UTC). A world's history is its first
snapshot and the list of its inputs: nothing else changes a world.
"""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = [
    "CONNECTION_RESET",
    "Answer",
    "CallerGone",
    "Command",
    "DeliveryOutcome",
    "DeviceAction",
    "Headers",
    "Input",
    "Request",
    "Restarted",
    "Tick",
]

Headers = tuple[tuple[str, str], ...]


class Request(msgspec.Struct, frozen=True, gc=False, tag="request"):
    """One HTTP request, as it came.

    `target` is the raw request target: path and query, percent-encoding untouched. `headers` are in the order in which
    they came, and `body` is complete. `site` is the vendor's site that it came through ("bridge", …).
    """

    at: int
    vendor: str
    site: str
    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""


class Tick(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag="tick"):
    """Time passes up to `at`. If `timer` is given, that timer fires.

    `until` is given if the clock is on its way to a time that is far off: see `Turn.until`.
    `vendor`, `event` and `args` say what the timer is, for readers of the journal: afterwards nothing else knows. Journals
    of earlier versions do not have them.
    """

    at: int
    timer: int | None = None
    until: int | None = None
    vendor: str = ""
    event: str = ""
    args: dict[str, Any] = {}


class DeviceAction(msgspec.Struct, frozen=True, gc=False, tag="act"):
    """Something happens to a device, or (`device` is None) the vendor's staff does something.

    `planned` is the id of the scheduled command that it comes from.
    """

    at: int
    vendor: str
    device: str | None
    action: str
    args: dict[str, Any] = {}
    planned: int | None = None


class CallerGone(msgspec.Struct, frozen=True, gc=False, tag="gone"):
    """The caller of a pending request hung up."""

    at: int
    pending_id: int


class DeliveryOutcome(msgspec.Struct, frozen=True, gc=False, tag="outcome"):
    """The outcome of one delivery attempt: the receiver's `status`, or `error` (a word: refused, timeout, blocked …)."""

    at: int
    attempt: int
    status: int | None = None
    error: str | None = None


class Command(msgspec.Struct, frozen=True, gc=False, tag="control"):
    """A tester's command to the world itself: clock, faults, snapshots, state, deliveries, scheduled commands.

    `planned` is the id of the scheduled command that it comes from.
    """

    at: int
    op: str
    args: dict[str, Any] = {}
    planned: int | None = None


class Restarted(msgspec.Struct, frozen=True, gc=False, tag="restarted"):
    """The process was started again: all pending requests are gone, and delivery attempts without an outcome are made again.

    `addresses` are those at which the world is reached from now on, if they changed.
    """

    at: int
    addresses: dict[str, str] = {}


Input = Request | Tick | DeviceAction | CallerGone | DeliveryOutcome | Command | Restarted


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a caller gets: status, ordered headers, body.

    `cut` says where the connection breaks. None: nowhere, the answer arrives complete. 0: it is reset before the first
    byte. n: after n bytes of the body.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    cut: int | None = None


CONNECTION_RESET = Answer(0, cut=0)
"""The connection is reset: no answer at all."""
