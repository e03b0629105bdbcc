"""What is physically in a device, and what it knows by itself: pins it holds, bolt, knob, battery, radio.

Owned by the physical side (`hardware`, `sync`): the cloud's rules change nothing here. A device learns from the cloud,
and the cloud from it, when the two are in contact, and only then.

Instants are microseconds since the epoch, UTC; lengths in settings are seconds; batteries are in millivolts.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = [
    "Bolt",
    "DoorBody",
    "Grant",
    "LockBody",
    "LockSettings",
    "News",
    "PlugBody",
    "Radio",
    "ResortBody",
    "ResortCode",
    "ThermostatBody",
    "Week",
]

Bolt = Literal["locked", "unlocked"]
Week = dict[str, list[dict[str, Any]]]
"""day (`mon` …) → entries, as a schedule has them."""


class LockSettings(msgspec.Struct):
    """What a lock and the cloud tell each other. Lengths in seconds; None: not known yet, or not to be set."""

    heartbeat_interval: int = 0
    power_source: str = "hardwire"
    wake_wifi: str = "user_action"
    muted: bool = False
    auto_lock: bool = True
    auto_lock_timeout: int = 0
    programming_code: str | None = None
    local_pins: list[str] | None = None


class Grant(msgspec.Struct, frozen=True):
    """One access as a lock holds it: by which pin or card, and when. `days`: those on which the schedule opens nothing."""

    person_id: str
    person_type: str
    name: str
    pin: str | None
    card: str | None
    start: int | None = None
    end: int | None = None
    week: Week | None = None
    days: tuple[tuple[str, str], ...] = ()


class News(msgspec.Struct):
    """Something that happened at a device and that the cloud has not heard. `id` is the event's, given when it happened."""

    id: str
    type: str
    at: int
    source: Literal["user", "network", "device"] = "device"
    status: Literal["succeeded", "failed"] = "succeeded"
    person_id: str | None = None
    person_name: str | None = None
    told: dict[str, Any] = {}


class Radio(msgspec.Struct, kw_only=True):
    """What every connected device has. It is heard at `anchor`, and then at each heartbeat while it is online.

    `lost`: the cloud has noticed its silence. `alarm`: when it looks after itself next (see `sync.arm`).
    """

    online: bool = True
    anchor: int | None = None
    offline_since: int | None = None
    lost: bool = False
    alarm: int | None = None
    stepped: int = 0
    """Up to when the steps of its schedules have been taken."""
    zone: str = "UTC"
    orders: list[str] = []
    """What the API has asked of it and it has not heard of."""


class LockBody(msgspec.Struct):
    """A lock on its door. `bolt` is where it really is; `grants` are by the access's id."""

    settings: LockSettings
    radio: Radio = msgspec.field(default_factory=Radio)
    bolt: Bolt = "locked"
    volts: int = 5_700
    """Millivolts at `volts_at`; they fall with time."""
    volts_at: int = 0
    cells: str = "alkaline_battery"
    """What is really in it, whatever the account says."""
    low_told: bool = False
    grants: dict[str, Grant] = {}
    failed: dict[str, str] = {}
    """access id → why the lock would not take it, as the cloud has it."""
    waiting_since: int | None = None
    """Since when the cloud waits for it with grants."""
    auto_week: Week | None = None
    action_week: Week | None = None
    relock_at: int | None = None
    call_at: int | None = None
    """When it gets in touch, out of its turn."""
    pins_told: list[str] = []
    """The local pins that the cloud knew of at the last contact."""
    news: list[News] = []


class PlugBody(msgspec.Struct):
    """A plug in its socket. `on` is what it really is."""

    radio: Radio = msgspec.field(default_factory=Radio)
    on: bool | None = None
    week: Week | None = None


class ThermostatBody(msgspec.Struct):
    """A thermostat on its wall."""

    radio: Radio = msgspec.field(default_factory=Radio)
    week: Week | None = None
    temperature: float | None = None
    humidity: int | None = None
    """What it measures; None: what the cloud has."""
    low_told: bool = False


class DoorBody(msgspec.Struct):
    """A door with its controller and sensors. `bolt` None: nobody has looked yet; as the API shows it."""

    open: bool = False
    bolt: Bolt | None = None
    orders: list[str] = []
    relock_at: int | None = None
    held_at: int | None = None
    """When the controller says that the door is held open."""
    alarm: int | None = None


class ResortCode(msgspec.Struct):
    """A code that a resort lock takes by its own arithmetic: also when the guest has been deleted meanwhile.

    Local times, as `2018-09-10T16:00:00`.
    """

    pin: str
    starts_at: str
    ends_at: str
    one_time: bool
    used: bool = False


class ResortBody(msgspec.Struct):
    """A resort lock: no radio at all."""

    codes: list[ResortCode] = []
    own_codes: dict[str, str] = {}
    """The guest's own short code → the pin behind it."""
    bolt: Bolt = "locked"
