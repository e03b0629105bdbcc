"""A resort lock. It has no radio: it accepts a code by computation, and nobody learns of it."""

from __future__ import annotations

from typing import Any

from locksim.engine.physics import FULL, DeviceClock
from locksim.engine.timestamps import LAST, iso
from locksim.remotelock import zones
from locksim.remotelock.entities import ResortLock
from locksim.remotelock.hardware import battery
from locksim.remotelock.hardware.base import DeviceHardware
from locksim.remotelock.physical import PhysicalResortLock, ResortCode

__all__ = ["ResortLockHardware"]


class ResortLockHardware(DeviceHardware[ResortLock]):
    """A resort lock on its door."""

    def start(self) -> None:
        """Set its clock, as the person who mounts it does."""
        if not self.device.physical.clock.since:
            self.update_physics()

    def register(self) -> None:
        """Begin with a new battery and the right time."""
        self.start()

    def replace(self) -> None:
        """Begin anew, as another lock with another serial number: it accepts none of the old codes."""
        self.device.physical = PhysicalResortLock()
        self.start()

    @property
    def own_clock(self) -> DeviceClock:
        """Its clock, which no contact sets."""
        return self.device.physical.clock

    def update_physics(self) -> None:
        """Take the world's drift and drain."""
        super().update_physics()
        drained = self.turn.drained(battery.PER_DAY["battery"])
        battery.set_rate(self.device.physical.charge, self.turn.now, drained)

    def has_power(self) -> bool:
        """Return whether the lock has power now."""
        return self.device.physical.charge.left(self.turn.now) > 0

    def set_battery(self, level: int) -> None:
        """Set the battery to a percentage. The clock stood still while there was no power."""
        charge, clock, now = self.device.physical.charge, self.device.physical.clock, self.turn.now
        stopped = charge.falls_to(0)
        battery.set_level(charge, now, level * 10_000)
        if stopped is not None and stopped <= now and level:
            clock.set(now, clock.shows(stopped) - now)

    def enter_pin(self, pin: str) -> bool:
        """Unlock by a guest's pin, or by the guest's own code for it. Return whether it did."""
        physical = self.device.physical
        code = self._valid_code(physical.own_codes.get(pin, pin))
        if code is None:
            return False
        code.used = True
        physical.bolt = "unlocked"
        physical.charge.use(self.turn.now, self.turn.drained(battery.PER_MOVE["alkaline_battery"]))
        return True

    def program_code(self, pin: str, own_code: str) -> bool:
        """Make a code of the guest's own stand for a valid pin. Return whether the pin is valid."""
        if self._valid_code(pin) is None:
            return False
        self.device.physical.own_codes[own_code] = pin
        return True

    def _valid_code(self, pin: str) -> ResortCode | None:
        zone, now = self.account.zone_of(self.device), self.time()
        for code in self.device.physical.codes:
            in_time = zones.start_of(code.starts_at, zone) <= now < zones.end_of(code.ends_at, zone)
            if code.pin == pin and in_time and not (code.one_time and code.used):
                return code
        return None

    def describe(self) -> dict[str, Any]:
        """Return the lock's hardware state."""
        physical = self.device.physical
        return {
            "bolt": physical.bolt,
            "powered": self.has_power(),
            "battery": physical.charge.left(self.turn.now) * 100 // FULL,
            "clock": iso(self.time()),
            "codes": len(physical.codes),
            "own_codes": len(physical.own_codes),
        }

    @staticmethod
    def check(device: ResortLock) -> None:
        """Raise AssertionError if the lock's hardware state is inconsistent."""
        device.physical.charge.check()
        device.physical.clock.check(LAST)
