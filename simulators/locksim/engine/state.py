"""A world's state as versioned plain data. Snapshots, checkpoints and forks are made of it."""

from __future__ import annotations

from typing import Any

import msgspec

from locksim.engine.deliveries import Delivery, Mode
from locksim.engine.errors import Refused
from locksim.engine.faults import Fault
from locksim.engine.inputs import Answer, Command, DeviceAction, Request
from locksim.engine.physics import NO_PHYSICS, Physics
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
"""The version of the structs in this module. A snapshot of another version is refused."""


class ClockMode(msgspec.Struct):
    """How time passes: `manual`, `auto`, `real`, or `x60` (scaled). `rate` is the number of world seconds in a real second."""

    mode: str = "manual"
    rate: int = 0


class Timer(msgspec.Struct, frozen=True):
    """An event to come. `vendor` is "" for the engine's own timers."""

    due: int
    id: int
    vendor: str
    event: str
    args: dict[str, Any] = {}


class ScheduledCommand(msgspec.Struct, frozen=True):
    """A device action or a command that the tester scheduled."""

    due: int
    id: int
    input: DeviceAction | Command


class PendingRequest(msgspec.Struct):
    """A request without an answer yet.

    It waits for the vendor (`kind` names one of its renderers), for the arrival of `request`, or for the departure of
    `answer`.
    """

    id: int
    vendor: str
    kind: str
    since: int
    args: dict[str, Any] = {}
    request: Request | None = None
    answer: Answer | None = None
    after: list[int] = []
    """The ids of the faults that affect the answer."""
    asked: Request | None = None
    """The request as the vendor got it, if the vendor's variants need it for the answer."""


class Counters(msgspec.Struct):
    """The next id of each kind. They only grow, even when a snapshot is restored, so that a late outcome or caller is not
    taken for another's."""

    timer: int = 1
    scheduled_command: int = 1
    pending_request: int = 1
    delivery: int = 1
    attempt: int = 1
    fault: int = 1

    def take(self, name: str) -> int:
        """Return the next id of a kind, and count it."""
        number: int = getattr(self, name)
        setattr(self, name, number + 1)
        return number

    def at_least(self, other: Counters) -> None:
        """Raise each counter to that of `other`, if it is lower."""
        for name in self.__struct_fields__:
            setattr(self, name, max(getattr(self, name), getattr(other, name)))


class WorldState(msgspec.Struct):
    """Everything in a world that changes, except its vendors' states."""

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
    """The ids of the selected variants (`locksim.engine.variants`), in order."""
    variant_memory: dict[str, Any] = {}
    """vendor → what its variants have stored."""
    physics: Physics = NO_PHYSICS


class VendorSnapshot(msgspec.Struct):
    """One vendor's state, encoded, and the version of its schema."""

    schema: int
    data: bytes


class WorldSnapshot(msgspec.Struct):
    """A world at one moment. Only checkpoints have `snapshots`, `entry` and `genesis` set."""

    format: int
    world: WorldState
    vendors: dict[str, VendorSnapshot]
    snapshots: dict[str, bytes] = {}
    entry: int = 0
    """The number of the journal entry that it stands after."""
    genesis: bytes = b""
    """The encoded snapshot that the world began with, and that a reset returns to."""

    def encode(self) -> bytes:
        """Return the snapshot as bytes."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def decode(cls, data: bytes) -> WorldSnapshot:
        """Return the snapshot of these bytes. Raises Refused if they are invalid or of another version."""
        try:
            snapshot = msgspec.msgpack.decode(data, type=cls)
        except msgspec.MsgspecError as error:
            raise Refused(f"invalid snapshot of a world: {error}") from None
        if snapshot.format != FORMAT:
            raise Refused(f"this snapshot has format {snapshot.format}; this locksim reads format {FORMAT}")
        return snapshot

    def state_of(self, vendor: Vendor) -> Any:
        """Return the vendor's state. Raises Refused if its schema has another version."""
        stored = self.vendors[vendor.name]
        if stored.schema != vendor.schema:
            raise Refused(
                f"{vendor.name}: this state has schema {stored.schema}; this locksim reads schema {vendor.schema}"
            )
        return msgspec.msgpack.decode(stored.data, type=vendor.state)
