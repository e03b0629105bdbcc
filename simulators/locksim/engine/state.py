"""A world's state as versioned data: what a checkpoint, a snapshot and a fork are made of. Never code, never pickle."""

from __future__ import annotations

from typing import Any

import msgspec

from locksim.engine.deliveries import Delivery, Mode
from locksim.engine.errors import Refused
from locksim.engine.faults import Fault
from locksim.engine.inputs import Answer, Command, DeviceAction, Request
from locksim.engine.vendor import Vendor

__all__ = [
    "FORMAT",
    "ClockMode",
    "Counters",
    "PendingRequest",
    "ScheduledCommand",
    "Timer",
    "VendorSnapshot",
    "WorldSnapshot",
    "WorldState",
]

FORMAT = 1
"""The version of what this file describes; an image of another version is refused."""


class ClockMode(msgspec.Struct):
    """How time passes: `manual`, `auto`, `real`, or `x60` (scaled). `rate` is world seconds a real second."""

    mode: str = "manual"
    rate: int = 0


class Timer(msgspec.Struct, frozen=True):
    """An event to come. `vendor` is "" for the kernel's own."""

    due: int
    id: int
    vendor: str
    event: str
    args: dict[str, Any] = {}


class ScheduledCommand(msgspec.Struct, frozen=True):
    """An act or a control that the tester told to happen later."""

    due: int
    id: int
    input: DeviceAction | Command


class PendingRequest(msgspec.Struct):
    """A caller who waits.

    For the vendor (`kind` is one of its renderers), or on the wire: `request` has not arrived yet, or `answer` has not
    left yet. `after` are the ids of the faults that will strike the answer.
    """

    id: int
    vendor: str
    kind: str
    since: int
    args: dict[str, Any] = {}
    request: Request | None = None
    answer: Answer | None = None
    after: list[int] = []
    asked: Request | None = None
    """What the vendor heard, where a variant will want to know."""


class Counters(msgspec.Struct):
    """The next number of each kind. They only grow, also when a world goes back, so that no late outcome or caller is
    taken for another's."""

    timer: int = 1
    plan: int = 1
    pending_id: int = 1
    delivery: int = 1
    attempt: int = 1
    fault: int = 1

    def take(self, name: str) -> int:
        """The next number of a kind."""
        number: int = getattr(self, name)
        setattr(self, name, number + 1)
        return number

    def at_least(self, other: Counters) -> None:
        """Never behind `other`."""
        for name in self.__struct_fields__:
            setattr(self, name, max(getattr(self, name), getattr(other, name)))


class WorldState(msgspec.Struct):
    """All of a world that changes, but for its vendors' states."""

    seed: int
    start: int
    now: int
    profile: str
    limits: bool
    clock: ClockMode
    deliveries_mode: Mode
    addresses: dict[str, str]
    """"vendor/site" → the base URL at which callers reach it."""
    counters: Counters = msgspec.field(default_factory=Counters)
    timers: list[Timer] = []
    """Sorted by due, then id."""
    scheduled_commands: list[ScheduledCommand] = []
    pending_requests: dict[int, PendingRequest] = {}
    deliveries: dict[int, Delivery] = {}
    faults: dict[int, Fault] = {}
    variants: list[str] = []
    """The ids of the planted variants (`kernel.variants`), in their order."""
    variant_memory: dict[str, Any] = {}
    """What variants remember, by vendor."""


class VendorSnapshot(msgspec.Struct):
    """One vendor's state, encoded, and the version of its schema."""

    schema: int
    data: bytes


class WorldSnapshot(msgspec.Struct):
    """A checkpoint (with snapshots, entry and genesis), a snapshot or a genesis (without)."""

    format: int
    world: WorldState
    vendors: dict[str, VendorSnapshot]
    snapshots: dict[str, bytes] = {}
    entry: int = 0
    """The number of the last journal entry that it includes."""
    genesis: bytes = b""
    """The image that the world began with: what a reset goes back to."""

    def encode(self) -> bytes:
        """As bytes."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def decode(cls, data: bytes) -> WorldSnapshot:
        """Raises Refused with a sentence when it is no image of this version."""
        try:
            image = msgspec.msgpack.decode(data, type=cls)
        except msgspec.MsgspecError as wrong:
            raise Refused(f"this is no image of a world: {wrong}") from None
        if image.format != FORMAT:
            raise Refused(f"this image has format {image.format}; this locksim reads format {FORMAT}")
        return image

    def state_of(self, vendor: Vendor) -> Any:
        """The vendor's state. Raises Refused when its schema is another version's."""
        kept = self.vendors[vendor.name]
        if kept.schema != vendor.schema:
            raise Refused(
                f"{vendor.name}: this state has schema {kept.schema}; this locksim reads schema {vendor.schema}"
            )
        return msgspec.msgpack.decode(kept.data, type=vendor.state)
