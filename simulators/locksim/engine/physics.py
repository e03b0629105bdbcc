"""Clocks that run wrong and batteries that run down: what devices do to every lock, and servers do not.

A world has two settings, both zero by default, so that everything is exact unless a tester asks for more:

    drift   seconds a day by which a device's clock may run wrong. Each device has a share of it, from -1 to 1.
    drain   how fast batteries lose charge: 1 is the vendor's usual life, 100 is a hundred times as fast.

Both may change while devices run. So the world keeps the integral of each setting over its time, and a device remembers
the integral at which its clock was set, or its battery was measured. Nothing walks the devices, and no timer runs: what a
clock shows and what a battery holds is derived from now.
"""

from __future__ import annotations

import msgspec

from locksim.engine.timestamps import DAY, SECOND

__all__ = ["Battery", "DeviceClock", "Physics"]

FULL = 1_000_000
"""A new battery's charge, in millionths."""
_SCALE = 1_000_000
"""Shares and settings are kept as millionths, so that all arithmetic is in whole numbers."""


class Physics(msgspec.Struct):
    """A world's settings and their integrals, as part of its state."""

    drift: int = 0
    """Millionths of a second a day."""
    drain: int = 0
    """Millionths of the vendor's usual drain."""
    since: int = 0
    """When the settings last changed, in microseconds of the world's time."""
    drifted_before: int = 0
    """Microseconds that a device with the whole share drifted up to `since`."""
    drained_before: int = 0
    """Microseconds of usual use that batteries lived through up to `since`."""

    def drifted(self, now: int) -> int:
        """Return the microseconds that a device with the whole share has drifted since the world began."""
        return self.drifted_before + self.drift * (now - self.since) // DAY

    def drained(self, now: int) -> int:
        """Return the microseconds of usual use that batteries have lived through since the world began."""
        return self.drained_before + self.drain * (now - self.since) // _SCALE

    def change(self, now: int, *, drift: float | None = None, drain: float | None = None) -> None:
        """Change the settings from now on: `drift` in seconds a day, `drain` as a factor. None leaves one as it is."""
        self.drifted_before, self.drained_before, self.since = self.drifted(now), self.drained(now), now
        if drift is not None:
            self.drift = round(drift * SECOND)
        if drain is not None:
            self.drain = round(drain * _SCALE)


class DeviceClock(msgspec.Struct):
    """A device's own clock."""

    share: int = 0
    """Its share of the world's drift, in millionths from -1,000,000 to 1,000,000."""
    offset: int = 0
    """Microseconds by which it was wrong when it was last set."""
    set_at: int = 0
    """What `Physics.drifted` was when it was last set."""

    def now(self, now: int, drifted: int) -> int:
        """Return what it shows, in microseconds. `drifted` is `Physics.drifted(now)`."""
        return now + self.error(drifted)

    def error(self, drifted: int) -> int:
        """Return by how many microseconds it is ahead (negative: behind)."""
        return self.offset + (drifted - self.set_at) * self.share // _SCALE

    def set(self, drifted: int, offset: int = 0) -> None:
        """Set it to the right time, or to a wrong one by `offset` microseconds."""
        self.offset, self.set_at = offset, drifted


class Battery(msgspec.Struct):
    """A battery, or a set of them. Its charge is derived from what it has lived through.

    `life` is how long a new one lasts in usual use, in microseconds: the vendor's figure, the same at each call.
    """

    installed_at: int = 0
    """What `Physics.drained` was when it was new."""
    extra: int = 0
    """Microseconds of usual use that its actions took besides."""

    def level(self, drained: int, life: int) -> int:
        """Return its charge in millionths, 0 to 1,000,000. `drained` is `Physics.drained(now)`."""
        return max(0, life - self.extra - (drained - self.installed_at)) * FULL // life

    def use(self, cost: int) -> None:
        """Take the charge of one action: `cost` is how long usual use takes for as much, in microseconds."""
        self.extra += cost

    def set(self, drained: int, life: int, charge: int = FULL) -> None:
        """Replace the batteries, by default with new ones; `charge` in millionths."""
        self.installed_at, self.extra = drained, life - life * charge // FULL
