"""A lock's battery.

Its voltage falls linearly with time. The percentage is computed from the power source that the account has *set*, so that
it is wrong for another battery type. `hardwire` is always full.
"""

from __future__ import annotations

from locksim.engine.timestamps import DAY
from locksim.remotelock.physical import PhysicalLock

__all__ = [
    "LOW",
    "empty_at",
    "falls_to_low_at",
    "has_power",
    "is_source",
    "is_type",
    "millivolts",
    "millivolts_for",
    "percent",
]

LOW = 20
"""A battery at or below this percentage is low."""

_EMPTY_AND_FULL = {"alkaline_battery": (4_000, 6_000), "lithium_battery": (5_200, 7_200), "battery": (4_000, 6_000)}
"""In millivolts, of four cells."""
_LIFETIME = {"alkaline_battery": 365 * DAY, "lithium_battery": 730 * DAY}
_MAINS = 12_000


def millivolts(lock: PhysicalLock, now: int) -> int:
    """Return the voltage at this time."""
    if lock.battery_type == "hardwire":
        return _MAINS
    empty, full = _EMPTY_AND_FULL[lock.battery_type]
    fallen = (full - empty) * (now - lock.measured_at) // _LIFETIME[lock.battery_type]
    return max(0, lock.millivolts - fallen)


def percent(voltage: int, source: str) -> int:
    """Return what percentage this voltage is of this power source."""
    if source == "hardwire":
        return 100
    empty, full = _EMPTY_AND_FULL[source]
    return max(0, min(100, (voltage - empty) * 100 // (full - empty)))


def millivolts_for(level: int, battery_type: str) -> int:
    """Return the voltage of a battery at this percentage."""
    if battery_type == "hardwire":
        return _MAINS
    empty, full = _EMPTY_AND_FULL[battery_type]
    return empty + -(-(full - empty) * level // 100)


def is_source(name: str) -> bool:
    """Return whether this is a power source that a lock may be set to."""
    return name == "hardwire" or name in _EMPTY_AND_FULL


def is_type(name: str) -> bool:
    """Return whether this is a power source that a lock may really have."""
    return name == "hardwire" or name in _LIFETIME


def has_power(lock: PhysicalLock, now: int) -> bool:
    """Return whether the lock has power at this time."""
    return lock.battery_type == "hardwire" or millivolts(lock, now) > _EMPTY_AND_FULL[lock.battery_type][0]


def empty_at(lock: PhysicalLock) -> int | None:
    """Return when the battery is empty; None: never."""
    return None if lock.battery_type == "hardwire" else _falls_to(lock, _EMPTY_AND_FULL[lock.battery_type][0])


def falls_to_low_at(lock: PhysicalLock, source: str) -> int | None:
    """Return when the battery is low, computed from this power source; None: never."""
    if lock.battery_type == "hardwire" or source == "hardwire":
        return None
    empty, full = _EMPTY_AND_FULL[source]
    return _falls_to(lock, empty + (full - empty) * (LOW + 1) // 100 - 1)


def _falls_to(lock: PhysicalLock, voltage: int) -> int:
    empty, full = _EMPTY_AND_FULL[lock.battery_type]
    missing = max(0, lock.millivolts - voltage)
    return lock.measured_at + -(-missing * _LIFETIME[lock.battery_type] // (full - empty))
