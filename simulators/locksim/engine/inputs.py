"""What enters a world, and what leaves it.

Every input is plain data with its time (`at`, integer microseconds since the epoch, UTC). A world's whole
history is its genesis and the list of its inputs: nothing else may move it. `Answer` is what one caller gets.
"""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = [
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

    `target` is the raw request target (path and query, percent-encoding untouched), `headers` keep the order in
    which they came, `body` is the whole body. `site` is the vendor's door that it came through ("bridge", …).
    """

    at: int
    vendor: str
    site: str
    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""


class Tick(msgspec.Struct, frozen=True, gc=False, tag="tick"):
    """Time passes up to `at`; with `timer`, that timer fires now."""

    at: int
    timer: int | None = None


class DeviceAction(msgspec.Struct, frozen=True, gc=False, tag="act"):
    """A hand on the hardware, or (`device` is None) the vendor's own staff. `planned`: the plan it comes from."""

    at: int
    vendor: str
    device: str | None
    action: str
    args: dict[str, Any] = {}
    planned: int | None = None


class CallerGone(msgspec.Struct, frozen=True, gc=False, tag="gone"):
    """The caller behind a ticket hung up."""

    at: int
    pending_id: int


class DeliveryOutcome(msgspec.Struct, frozen=True, gc=False, tag="outcome"):
    """What became of one delivery attempt: the receiver's `status`, or `error` (a word: refused, timeout, blocked …)."""

    at: int
    attempt: int
    status: int | None = None
    error: str | None = None


class Command(msgspec.Struct, frozen=True, gc=False, tag="control"):
    """The tester's hand on the world itself: clock, faults, snapshots, state, deliveries, plans."""

    at: int
    op: str
    args: dict[str, Any] = {}
    planned: int | None = None


class Restarted(msgspec.Struct, frozen=True, gc=False, tag="restarted"):
    """The process was started again on this world: every caller who waited is gone, and each attempt at a delivery that
    was under way is made again. `addresses`: where it is reached from now on, if elsewhere."""

    at: int
    addresses: dict[str, str] = {}


Input = Request | Tick | DeviceAction | CallerGone | DeliveryOutcome | Command | Restarted


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a caller gets: status, ordered headers, body bytes.

    `cut` is what the wire does to it: None, the whole answer arrives; 0, the connection is reset before a byte;
    n, it breaks after n bytes of the body.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    cut: int | None = None


CONNECTION_RESET = Answer(0, cut=0)
"""The connection is reset: no answer at all."""
