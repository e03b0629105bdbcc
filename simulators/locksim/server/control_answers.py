"""The answers of the control API, as far as they are not those of the engine's commands."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from locksim.engine.commands import Clock, Drain, Drift, InjectFault, Instant, Name, Number
from locksim.engine.inputs import Headers
from locksim.engine.variants import Change, Weight
from locksim.engine.vendor import Device

__all__ = [
    "ConnectionInfo",
    "DeliveryAttempt",
    "DeliveryList",
    "DeviceList",
    "DroppedWorld",
    "FaultList",
    "Health",
    "JournalPage",
    "KnownVariant",
    "LimitsState",
    "ScheduledItem",
    "ScheduledList",
    "SentDelivery",
    "ServedClock",
    "SnapshotList",
    "VariantsState",
    "VendorAddress",
    "WorldDetails",
    "WorldList",
    "WorldSummary",
]

_Switch = Literal["on", "off"]
_Url = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uri"})]
_Total = Annotated[int, msgspec.Meta(ge=0)]
_Headers = Annotated[Headers, msgspec.Meta(description="Names and values, in their order.")]


class VendorAddress(msgspec.Struct):
    """A vendor's main address, its credentials, and what else it has (other addresses)."""

    url: _Url
    credentials: dict[str, Any]


class ConnectionInfo(msgspec.Struct):
    """The addresses and credentials of everything that the server runs."""

    version: str
    control: _Url
    console: _Url
    world: Name
    vendors: dict[str, VendorAddress]
    ca: Annotated[
        str | UnsetType, msgspec.Meta(description="With `--tls`: the path of the certificate that clients must trust.")
    ] = UNSET


class Health(msgspec.Struct):
    """Whether requests are welcome, and the name of this node in its cluster."""

    status: Literal["ok", "draining"]
    node: str | None


class ServedClock(Clock):
    """A served world's clock."""

    moment: Annotated[
        float,
        msgspec.Meta(
            ge=0.001, le=60, description="In `auto`: real seconds without any call before the world moves on."
        ),
    ]


class WorldSummary(msgspec.Struct):
    """A world, without its addresses."""

    name: Name
    seed: int
    profile: Literal["documented", "observed"]
    limits: _Switch
    clock_drift: Drift
    battery_drain: Drain
    start: Instant
    clock: Clock
    ports: bool
    waiting: Annotated[_Total, msgspec.Meta(description="Requests that wait for an answer.")]


class WorldDetails(WorldSummary):
    """A world, with its vendors' addresses and credentials."""

    vendors: dict[str, VendorAddress]


class WorldList(msgspec.Struct):
    """All worlds, oldest first."""

    worlds: Annotated[list[WorldSummary], msgspec.Meta(min_length=1)]


class DroppedWorld(msgspec.Struct):
    """The name of the world that was dropped."""

    dropped: Name


class SnapshotList(msgspec.Struct):
    """The names of a world's snapshots, in alphabetical order."""

    snapshots: list[Name]


class LimitsState(msgspec.Struct):
    """Whether rate limits and quotas apply."""

    limits: _Switch


class KnownVariant(msgspec.Struct):
    """A change that a vendor might make."""

    id: str
    vendor: str
    sentence: str
    change: Change = msgspec.field(name="class")
    weight: Weight


class VariantsState(msgspec.Struct):
    """The variants that are injected, and all that can be."""

    planted: list[str]
    variants: list[KnownVariant]


class InjectedFault(InjectFault, kw_only=True):
    """A fault, with how often it matched and struck."""

    id: Number
    matched: _Total
    struck: _Total


class FaultList(msgspec.Struct):
    """The injected faults, oldest first."""

    faults: list[InjectedFault]


class DeviceList(msgspec.Struct):
    """A vendor's devices, with the actions of each."""

    devices: list[Device]


class ScheduledItem(msgspec.Struct):
    """A device action or a command that runs later."""

    id: Number
    at: Instant
    kind: Literal["act", "control"]
    what: dict[str, Any]


class ScheduledList(msgspec.Struct):
    """The scheduled commands, the next first."""

    plans: list[ScheduledItem]


class DeliveryAttempt(msgspec.Struct):
    """One attempt: `waiting` for its time, `due`, `held`, or over. What became of it is a `status`, or an `error`: refused,
    timeout, blocked (not this machine), unresolved, broken, dropped.
    """

    id: Number
    state: Literal["waiting", "due", "held", "done"]
    due: Instant
    ended: Instant | None
    status: int | None
    error: str | None


class SentDelivery(msgspec.Struct, kw_only=True):
    """A callback, webhook, mail or text of a vendor. The body is text, or base64 in `body_base64` if it is not UTF-8."""

    id: Number
    vendor: str
    kind: str
    to: str
    at: Instant
    method: str
    headers: _Headers
    body: str | UnsetType = UNSET
    body_base64: str | UnsetType = UNSET
    about: dict[str, str | int]
    attempts: list[DeliveryAttempt]


class DeliveryList(msgspec.Struct):
    """What the vendors sent, oldest first."""

    mode: Literal["auto", "held"]
    deliveries: list[SentDelivery]


class JournalAnswer(msgspec.Struct):
    """An answer to a request. `cut` is what the connection did: 0, it was reset; n, it broke after n bytes of the body."""

    status: Annotated[int, msgspec.Meta(ge=0, le=599)]
    headers: _Headers
    body: str | UnsetType = UNSET
    body_base64: str | UnsetType = UNSET
    cut: _Total | UnsetType = UNSET


class ResolvedRequest(msgspec.Struct):
    """A pending request that this turn answered."""

    ticket: Number
    answer: JournalAnswer


class JournalRefusal(msgspec.Struct):
    """Why a device action or a command was refused."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    error: str


class JournalEntry(msgspec.Struct):
    """One turn of the world. `kind` says what entered; members of other kinds, and what did not come of the turn, are left
    out.
    """

    n: Number
    at: Instant
    kind: Literal["request", "tick", "act", "gone", "outcome", "control", "restarted"]
    vendor: str | UnsetType = UNSET
    site: str | UnsetType = UNSET
    method: str | UnsetType = UNSET
    target: str | UnsetType = UNSET
    headers: _Headers | UnsetType = UNSET
    body: str | UnsetType = UNSET
    body_base64: str | UnsetType = UNSET
    timer: Number | UnsetType = UNSET
    event: Annotated[str, msgspec.Meta(description="What the timer is.")] | UnsetType = UNSET
    device: str | UnsetType | None = UNSET
    action: str | UnsetType = UNSET
    args: dict[str, Any] | UnsetType = UNSET
    planned: Number | UnsetType = UNSET
    attempt: Number | UnsetType = UNSET
    status: int | UnsetType | None = UNSET
    error: str | UnsetType | None = UNSET
    op: str | UnsetType = UNSET
    addresses: dict[str, str] | UnsetType = UNSET
    ticket: Number | UnsetType = UNSET
    answer: JournalAnswer | UnsetType = UNSET
    resolved: list[ResolvedRequest] | UnsetType = UNSET
    result: dict[str, Any] | UnsetType = UNSET
    refused: JournalRefusal | UnsetType = UNSET
    sent: list[Number] | UnsetType = UNSET
    misses: list[str] | UnsetType = UNSET
    struck: list[Number] | UnsetType = UNSET
    failed: str | UnsetType = UNSET


class JournalPage(msgspec.Struct):
    """Entries of the journal. `last` is the number of the newest entry that there is."""

    entries: Annotated[list[JournalEntry], msgspec.Meta(max_length=1000)]
    last: _Total
