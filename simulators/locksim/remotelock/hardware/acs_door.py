"""A door of an access control system, with its controller and sensors.

It is wired: it executes commands at once while it is connected. The controller reports a door that is open for
`HELD_OPEN_AFTER`. A temporary unlock lasts for `TEMPORARY_UNLOCK`.
"""

from __future__ import annotations

from typing import Any, Literal

from locksim.engine.timestamps import SECOND
from locksim.remotelock.entities import AcsDoor
from locksim.remotelock.hardware import grants
from locksim.remotelock.hardware.base import DeviceHardware
from locksim.remotelock.hardware.grants import Verdict
from locksim.remotelock.physical import Bolt, PhysicalDoor

__all__ = ["HELD_OPEN_AFTER", "TEMPORARY_UNLOCK", "DoorHardware"]

HELD_OPEN_AFTER = 30 * SECOND
TEMPORARY_UNLOCK = 5 * SECOND

Source = Literal["user", "network", "device"]


class DoorHardware(DeviceHardware[AcsDoor]):
    """An ACS door."""

    def start(self) -> None:
        """Begin as the API shows it."""
        self.device.physical.bolt = self.device.physical.bolt or self.device.state

    def command(self, action: str) -> None:
        """Lock or unlock now, or when the door is connected again."""
        door = self.device
        if not door.connected:
            self._keep_command(action)
            return
        stays_unlocked = self._is_held_unlocked()
        self._move_bolt("locked" if action == "lock" else "unlocked", "network")
        if action == "temporary_unlock" and not stays_unlocked:
            door.physical.relock_at = self.turn.now + TEMPORARY_UNLOCK
        self.set_timer()

    def set_connected(self, *, connected: bool) -> None:
        """Connect or disconnect the controller. Once connected, it executes the last command."""
        door = self.device
        door.connected = connected
        if connected:
            command = self._take_command()
            if command is not None:
                self.command(command)
            door.state = door.physical.bolt or door.state

    def _is_held_unlocked(self) -> bool:
        """Return whether the door is unlocked until somebody locks it."""
        return self.device.physical.bolt == "unlocked" and self.device.physical.relock_at is None

    def _move_bolt(self, bolt: Bolt, source: Source, **details: Any) -> str:
        """Move the bolt and report it. Return the event's id."""
        door = self.device
        door.physical.bolt = door.state = bolt
        door.physical.relock_at = None
        return self.record(bolt, source=source, **details).id

    # ---- somebody at the door

    def decide(self, method: Literal["pin", "card"], credential: str) -> Verdict:
        """Return the controller's decision. It knows what the account knows."""
        account, now = self.account, self.turn.now
        known = grants.expected_grants(account, self.device, now).values()
        having = (grant for grant in known if getattr(grant, method) == credential)
        return grants.decide(having, account.zone_of(self.device), now)

    def enter(self, verdict: Verdict, details: dict[str, Any]) -> str:
        """Let somebody in, or refuse. Return the event's id. `details` are attributes of the event."""
        person = self.account.persons[verdict.grant.person_id] if verdict.grant else None
        common: dict[str, Any] = {"source": "user", "status": "succeeded" if verdict.granted else "failed", **details}
        if verdict.granted:
            stays_unlocked = self._is_held_unlocked()
            event_id = self._move_bolt("unlocked", "user", associated=person, **details)
            if not stays_unlocked:
                self.device.physical.relock_at = self.turn.now + TEMPORARY_UNLOCK
            self.set_timer()
        else:
            event_id = self.record("access_denied", associated=person, **common).id
        if person is not None:
            self.record_use(person, **common)
            person.used = person.used or verdict.granted
        return event_id

    # ---- sensors

    def open(self) -> str | None:
        """Open the door. Return the id of the event, if the controller can report it."""
        self.device.physical.open, self.device.physical.held_open_at = True, self.turn.now + HELD_OPEN_AFTER
        self.set_timer()
        return self.report("acs_door_opened")

    def close(self) -> str | None:
        """Close the door. Return the id of the event, if the controller can report it."""
        self.device.physical.open, self.device.physical.held_open_at = False, None
        return self.report("acs_door_closed")

    def report(self, type: str, *, source: Source = "device") -> str | None:
        """Record what the controller senses. Return the event's id; None while it is not connected."""
        return self.record(type, source=source).id if self.device.connected else None

    # ---- what is due

    def catch_up(self) -> None:
        """Do what is due by now."""
        door, physical, now = self.device, self.device.physical, self.turn.now
        if physical.relock_at is not None and physical.relock_at <= now:
            physical.relock_at = None
            if door.connected:
                self._move_bolt("locked", "device", method="auto_lock")
            else:
                physical.bolt = "locked"
        if physical.held_open_at is not None and physical.held_open_at <= now:
            physical.held_open_at = None
            self.report("acs_door_held_open")

    def set_timer(self) -> None:
        """Set the timer for what is due next."""
        self._set_timer_at((self.device.physical.relock_at, self.device.physical.held_open_at))

    @property
    def timer_state(self) -> PhysicalDoor:
        """The door's own state."""
        return self.device.physical

    # ---- the control API, and invariants

    def describe(self) -> dict[str, Any]:
        """Return the door's hardware state."""
        door = self.device
        return {
            "bolt": door.physical.bolt or door.state,
            "open": door.physical.open,
            "online": door.connected,
        }

    @staticmethod
    def check(device: AcsDoor) -> None:
        """Raise AssertionError if the door's hardware state is inconsistent."""
        physical, name = device.physical, device.name
        assert physical.held_open_at is None or physical.open, f"{name}: is closed, and will be held open"
        assert physical.relock_at is None or physical.bolt == "unlocked", f"{name}: is locked, and will lock itself"
        assert physical.command is None or not device.connected, f"{name}: is connected, and a command waits"
