"""What is physically in a device, and what it knows by itself: pins it holds, bolt, knob, battery, radio.

Owned by the physical side (`hardware`, `sync`): the cloud's rules change nothing here. A device learns from the cloud,
and the cloud from it, when the two are in contact, and only then.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Bolt", "DoorBody", "LockBody", "LockSettings", "PlugBody", "ResortBody", "ResortCode", "ThermostatBody"]

Bolt = Literal["locked", "unlocked"]


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


class LockBody(msgspec.Struct):
    """A lock on its door."""

    settings: LockSettings
    bolt: Bolt = "locked"
    powered: bool = True
    online: bool = True


class PlugBody(msgspec.Struct):
    """A plug in its socket."""

    online: bool = True


class ThermostatBody(msgspec.Struct):
    """A thermostat on its wall."""

    online: bool = True


class DoorBody(msgspec.Struct):
    """A door with its controller and sensors."""

    open: bool = False


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
