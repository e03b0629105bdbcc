"""The batteries of locks and fobs: what voltage they have, and what takes it from them.

The document's scale ends at 2850 mV, "Danger, lowest level". We take that for a tenth of the charge. Below it the voltage
falls quickly, as a lithium cell's does, and the device stops under 2000 mV. What a wake, an opening and a day take is
assumed, too: see FIDELITY.md.
"""

from __future__ import annotations

import msgspec

from locksim.engine.physics import FULL, Charge
from locksim.engine.turn import Turn

__all__ = ["AN_OPENING", "A_WAKE", "FLAT", "FULL_MILLIVOLTS", "LOWEST", "Battery"]

FULL_MILLIVOLTS, LOWEST = 3000, 2850
"""Both ends of the document's scale (chapter *Battery Levels*)."""
FLAT = 2000
"""Millivolts below which a lock or fob does nothing."""

A_WAKE, AN_OPENING, A_DAY = 40, 100, 1_370
"""Millionths of the charge. With ten openings a day, a battery lasts a year: one half goes by use, the other by itself."""
_RESERVE = FULL // 10


class Battery(msgspec.Struct):
    """A battery, which was last set to `millivolts`."""

    millivolts: int
    charge: Charge

    @classmethod
    def of(cls, turn: Turn, millivolts: int) -> Battery:
        """Return a battery of this voltage, which drains by the world's physics."""
        return cls(millivolts, Charge(_charge(millivolts), turn.now, turn.drained(A_DAY)))

    def shows(self, now: int) -> int:
        """Return the voltage in millivolts. A fresh battery may have more than the scale's 3000 mV until it is used."""
        left = self.charge.left(now)
        return self.millivolts if left >= _charge(self.millivolts) else _voltage(left)

    def flat_from(self) -> int | None:
        """Return when it fell or falls below `FLAT`; None: never, unless it is used."""
        return self.charge.falls_to(_charge(FLAT) - 1)

    def set(self, turn: Turn, millivolts: int) -> None:
        """Set the voltage. A flat battery with another low voltage has been flat since the same time."""
        flat_from = self.flat_from() if max(self.shows(turn.now), millivolts) < FLAT else None
        self.millivolts, self.charge = millivolts, Battery.of(turn, millivolts).charge
        self.charge.at = turn.now if flat_from is None else flat_from

    def scale(self, turn: Turn) -> None:
        """Drain by the world's physics from now on."""
        if self.shows(turn.now) >= FLAT:
            self.charge.set_rate(turn.now, turn.drained(A_DAY))

    def use(self, turn: Turn, millionths: int) -> None:
        """Take some of the charge. Nothing is taken in a world whose batteries do not drain."""
        if taken := turn.drained(millionths):
            self.charge.use(turn.now, taken)

    def check(self) -> None:
        """Raise AssertionError if the battery is impossible."""
        self.charge.check()
        assert 0 <= self.millivolts <= 65_535, f"a battery has {self.millivolts} mV"
        assert self.charge.millionths <= _charge(self.millivolts), "a battery has more charge than its voltage says"


def _voltage(charge: int) -> int:
    if charge < _RESERVE:
        return FLAT - 1 + charge * (LOWEST - FLAT + 1) // _RESERVE
    return LOWEST + (charge - _RESERVE) * (FULL_MILLIVOLTS - LOWEST) // (FULL - _RESERVE)


def _charge(millivolts: int) -> int:
    """Return the smallest charge that shows this voltage; the lowest or the highest one outside the scale."""
    if millivolts >= LOWEST:
        above = min(millivolts, FULL_MILLIVOLTS) - LOWEST
        return _RESERVE + -(-above * (FULL - _RESERVE) // (FULL_MILLIVOLTS - LOWEST))
    return -(-max(0, millivolts - FLAT + 1) * _RESERVE // (LOWEST - FLAT + 1))
