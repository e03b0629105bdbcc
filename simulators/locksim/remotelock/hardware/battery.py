"""Batteries. How fast they drain is an assumption (FIDELITY RL-R260), which the world's physics scales.

The voltage of a lock's battery follows its charge. The percentage is computed from the power source that the account has
*set*, so that it is wrong for another battery type. `hardwire` is always full.
"""

from __future__ import annotations

from locksim.engine.physics import FULL, Charge
from locksim.remotelock.physical import PhysicalLock

__all__ = [
    "LOW",
    "PER_DAY",
    "PER_MOVE",
    "empty_at",
    "falls_to_low_at",
    "has_power",
    "is_source",
    "is_type",
    "millivolts",
    "percent",
    "set_level",
    "set_rate",
]

LOW = 20
"""A battery at or below this percentage is low."""
PER_DAY = {"alkaline_battery": 2_000, "lithium_battery": 1_000, "hardwire": 0, "battery": 2_000}
"""What a day takes from a battery, in millionths: 500 days without use."""
PER_MOVE = {"alkaline_battery": 50, "lithium_battery": 25, "hardwire": 0}
"""What a movement of the bolt by the motor takes, in millionths: 20 a day make it 333 days."""

_EMPTY_AND_FULL = {"alkaline_battery": (4_000, 6_000), "lithium_battery": (5_200, 7_200), "battery": (4_000, 6_000)}
"""In millivolts, of four cells."""
_MAINS = 12_000


def millivolts(lock: PhysicalLock, now: int) -> int:
    """Return the voltage at this time."""
    if lock.battery_type == "hardwire":
        return _MAINS
    empty, full = _EMPTY_AND_FULL[lock.battery_type]
    return empty + (full - empty) * lock.charge.left(now) // FULL


def percent(voltage: int, source: str) -> int:
    """Return what percentage this voltage is of this power source."""
    if source == "hardwire":
        return 100
    empty, full = _EMPTY_AND_FULL[source]
    return max(0, min(100, (voltage - empty) * 100 // (full - empty)))


def is_source(name: str) -> bool:
    """Return whether this is a power source that a lock may be set to."""
    return name in PER_DAY


def is_type(name: str) -> bool:
    """Return whether this is a power source that a lock may really have."""
    return name in PER_MOVE


def has_power(lock: PhysicalLock, now: int) -> bool:
    """Return whether the lock has power at this time."""
    return lock.battery_type == "hardwire" or lock.charge.left(now) > 0


def empty_at(lock: PhysicalLock) -> int | None:
    """Return when the battery is empty; None: never."""
    return None if lock.battery_type == "hardwire" else lock.charge.falls_to(0)


def falls_to_low_at(lock: PhysicalLock, source: str) -> int | None:
    """Return when the battery is low, computed from this power source; None: never."""
    if lock.battery_type == "hardwire" or source == "hardwire":
        return None
    (empty, full), (source_empty, source_full) = _EMPTY_AND_FULL[lock.battery_type], _EMPTY_AND_FULL[source]
    low = source_empty + (source_full - source_empty) * (LOW + 1) // 100 - 1
    millionths = ((low - empty + 1) * FULL - 1) // (full - empty)
    return None if millionths < 0 else lock.charge.falls_to(millionths)


def set_level(charge: Charge, now: int, millionths: int) -> None:
    """Set the level. A flat battery stays flat since when it is."""
    if millionths or charge.left(now):
        charge.fill(now, millionths)


def set_rate(charge: Charge, now: int, per_day: int) -> None:
    """Drain by `per_day` from now on. A flat battery stays flat since when it is."""
    if per_day == charge.per_day:
        return
    empty = charge.falls_to(0)
    if empty is not None and empty <= now:
        charge.fill(empty, 0)
        charge.per_day = per_day
    else:
        charge.set_rate(now, per_day)
