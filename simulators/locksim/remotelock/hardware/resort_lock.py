"""A resort lock. It has no radio: it accepts a code by computation, and nobody learns of it."""

from __future__ import annotations

from typing import Any

from locksim.remotelock import zones
from locksim.remotelock.entities import ResortLock
from locksim.remotelock.hardware.base import DeviceHardware
from locksim.remotelock.physical import PhysicalResortLock, ResortCode

__all__ = ["ResortLockHardware"]


class ResortLockHardware(DeviceHardware[ResortLock]):
    """A resort lock on its door."""

    def replace(self) -> None:
        """Begin anew, as another lock with another serial number: it accepts none of the old codes."""
        self.device.physical = PhysicalResortLock()

    def enter_pin(self, pin: str) -> bool:
        """Unlock by a guest's pin, or by the guest's own code for it. Return whether it did."""
        physical = self.device.physical
        code = self._valid_code(physical.own_codes.get(pin, pin))
        if code is None:
            return False
        code.used = True
        physical.bolt = "unlocked"
        return True

    def program_code(self, pin: str, own_code: str) -> bool:
        """Make a code of the guest's own stand for a valid pin. Return whether the pin is valid."""
        if self._valid_code(pin) is None:
            return False
        self.device.physical.own_codes[own_code] = pin
        return True

    def _valid_code(self, pin: str) -> ResortCode | None:
        zone, now = self.account.zone_of(self.device), self.turn.now
        for code in self.device.physical.codes:
            in_time = zones.start_of(code.starts_at, zone) <= now < zones.end_of(code.ends_at, zone)
            if code.pin == pin and in_time and not (code.one_time and code.used):
                return code
        return None

    def describe(self) -> dict[str, Any]:
        """Return the lock's hardware state."""
        physical = self.device.physical
        return {"bolt": physical.bolt, "codes": len(physical.codes), "own_codes": len(physical.own_codes)}
