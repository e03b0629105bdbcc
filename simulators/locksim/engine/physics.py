"""What time and use do to hardware: clocks that drift, and batteries that drain.

1. Both are off by default, so that every time and every level is exact. A world's `Physics` turns them on.
2. A device's clock and its battery are plain data in the vendor's state. What they show is computed from the time of the
   turn: they need no timer, and reading them after ten years costs the same as after ten seconds.
3. Each device has a drift of its own, drawn from the seed. How fast a battery drains is the vendor's rule; the world's
   physics only scales it.
"""

from __future__ import annotations

import msgspec

from locksim.engine.errors import WrongArguments
from locksim.engine.timestamps import DAY, FIRST, LAST, SECOND, micros

__all__ = ["FULL", "MAX_DRAIN", "MAX_DRIFT", "NO_PHYSICS", "Charge", "DeviceClock", "Physics", "physics_of"]

FULL = 1_000_000
"""A full battery, in millionths."""
MAX_DRIFT = 3600
"""The largest drift that a world may have, in seconds a day."""
MAX_DRAIN = 10_000
"""The largest factor by which batteries may drain faster than the vendor says."""


class Physics(msgspec.Struct, frozen=True):
    """How far clocks drift and how fast batteries drain in a world."""

    clock_drift: int = 0
    """The largest drift of any device's clock, in either direction, in microseconds a day."""
    battery_drain: int = 0
    """How fast batteries drain, in millionths of the vendor's figure; 0: never."""


NO_PHYSICS = Physics()


def physics_of(clock_drift: float, battery_drain: float) -> Physics:
    """Return the physics of these options.

    Args:
        clock_drift: The largest drift of any device's clock, in seconds a day, from 0 to `MAX_DRIFT`.
        battery_drain: A factor from 0 to `MAX_DRAIN`. 0: nothing drains; 1: as the vendor says.

    Raises:
        WrongArguments: A value is out of its range.
    """
    for name, value, most in (("clock_drift", clock_drift, MAX_DRIFT), ("battery_drain", battery_drain, MAX_DRAIN)):
        if not 0 <= value <= most:
            raise WrongArguments(f"{name} must be from 0 to {most}, not {value!r}")
    return Physics(micros(clock_drift), micros(battery_drain))


class DeviceClock(msgspec.Struct):
    """A device's own clock. All members are microseconds."""

    error: int = 0
    """How far it was ahead of the true time at `since`."""
    since: int = 0
    """When it was last set, in true time."""
    drift: int = 0
    """How much it gains a day; negative: loses. Less than half a day a day."""

    def error_at(self, now: int) -> int:
        """Return how far the clock is ahead of the true time."""
        return self.error + self.drift * (now - self.since) // DAY

    def shows(self, now: int) -> int:
        """Return the time that the clock shows."""
        return max(FIRST, min(now + self.error_at(now), LAST))

    def true_time(self, shown: int) -> int:
        """Return the first true time at which the clock shows `shown` or later, had it never been set."""
        near = self.since + (shown - self.error - self.since) * DAY // (DAY + self.drift)
        while near + self.error_at(near) >= shown:  # the division above rounds: at most a few microseconds
            near -= 1
        while near + self.error_at(near) < shown:
            near += 1
        return near

    def set(self, now: int, error: int = 0, drift: int | None = None) -> None:
        """Set the clock `error` ahead of the true time, and its drift, if that changes."""
        self.error, self.since = error, now
        self.drift = self.drift if drift is None else drift

    def check(self, limit: int) -> None:
        """Raise AssertionError if the error is over `limit` microseconds, or the drift half a day a day or more."""
        assert abs(self.error) <= limit, (
            f"a clock is {abs(self.error) // SECOND} s off; at most {limit // SECOND} s can be"
        )
        assert abs(self.drift) * 2 < DAY, "a clock drifts half a day a day or more"


class Charge(msgspec.Struct):
    """A battery. Levels are in millionths of a full one."""

    millionths: int = FULL
    """The level at `at`."""
    at: int = 0
    per_day: int = 0
    """What a day takes from it."""

    def left(self, now: int) -> int:
        """Return the level."""
        return max(0, self.millionths - self.per_day * (now - self.at) // DAY)

    def use(self, now: int, millionths: int) -> None:
        """Take some of the charge."""
        self.fill(now, max(0, self.left(now) - millionths))

    def fill(self, now: int, millionths: int = FULL) -> None:
        """Set the level, as new batteries do."""
        self.millionths, self.at = millionths, now

    def set_rate(self, now: int, per_day: int) -> None:
        """Drain by `per_day` from now on."""
        self.fill(now, self.left(now))
        self.per_day = per_day

    def falls_to(self, millionths: int) -> int | None:
        """Return the first time at which the level is `millionths` or lower; None: never, unless it is used."""
        if self.millionths <= millionths:
            return self.at
        return None if not self.per_day else self.at + -(-(self.millionths - millionths) * DAY // self.per_day)

    def check(self) -> None:
        """Raise AssertionError if the level is impossible."""
        assert 0 <= self.millionths <= FULL, f"a battery's level is {self.millionths} millionths"
        assert self.per_day >= 0, "a battery gains charge with time"
