"""What all kinds of devices share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from locksim.engine.physics import DeviceClock
from locksim.engine.timestamps import DAY, LAST, SECOND
from locksim.engine.turn import Turn
from locksim.remotelock import events, schedules
from locksim.remotelock.account import Account
from locksim.remotelock.entities import AccessPerson, Connection, Device, Event
from locksim.remotelock.hardware import heartbeats
from locksim.remotelock.physical import CloudLink, PhysicalDoor, Week
from locksim.remotelock.state import State

__all__ = ["COMMAND_LIFETIME", "DeviceHardware", "check_link"]

D = TypeVar("D", bound=Device)
_LAST_STRETCH = 31 * DAY
"""The end of a clock's long jump, in which a device stops at every step of its schedules."""

COMMAND_LIFETIME = DAY
"""A command that the device has not received by then is dropped: an old unlock must not open a door."""


class DeviceHardware(Generic[D]):
    """One device within a turn: what the cloud asks of it, and what it does by itself.

    A device has at most one timer, for the next time at which it does something by itself. When the timer fires,
    `catch_up` does what is due, and `set_timer` sets the next one. A timer that fires too early does no harm.
    """

    def __init__(self, turn: Turn, state: State, account: Account, device: D) -> None:
        self.turn = turn
        self.state = state
        self.account = account
        self.device = device

    # ---- what the cloud asks

    def start(self) -> None:
        """Begin, in a world that has just been made or loaded."""

    def register(self) -> None:
        """Begin, as a device that was just registered."""

    def replace(self) -> None:
        """Begin anew, as another device with another serial number."""

    def command(self, action: str) -> None:
        """Execute a command of the API now, or at the next contact. The API shows the result already."""

    def update_settings(self) -> None:
        """Note that the API has changed the device's settings."""

    def update_grants(self) -> None:
        """Note that its grants or its schedules have changed."""

    def connection(self) -> Connection | None:
        """Return what the cloud knows of the connection now; None for a device that has none."""
        return None

    def connection_changes_at(self) -> int:
        """Return a time until which `connection` stays as it is, unless somebody changes the device."""
        return LAST

    # ---- its clock and its battery

    @property
    def own_clock(self) -> DeviceClock | None:
        """The clock as it was last set, other than by a contact; None for a device that needs none."""
        link = self.timer_state
        return link.clock if isinstance(link, CloudLink) else None

    def last_contact(self) -> int | None:
        """Return when the device was last in contact; None: never. Each contact sets its clock."""
        return None

    def clock(self) -> DeviceClock:
        """Return the clock as it runs now."""
        own, last = self.own_clock, self.last_contact()
        assert own is not None, "a device without a clock"
        return own if last is None or last <= own.since else DeviceClock(0, last, own.drift)

    def time(self) -> int:
        """Return the time that the device's clock shows now."""
        return self.clock().shows(self.turn.now)

    def update_physics(self) -> None:
        """Take the world's drift and drain. What the clock shows and what the battery has left stay as they are."""
        if self.own_clock is not None:
            self.own_clock.set(self.turn.now, self.clock().error_at(self.turn.now), self.turn.drift_of(self.device.id))

    # ---- commands that wait

    def _keep_command(self, action: str) -> None:
        """Keep a command for the next contact, in place of an older one."""
        state = self.timer_state
        assert state is not None, "a device without commands"
        state.command, state.commanded_at = action, self.turn.now

    def _take_command(self) -> str | None:
        """Return the kept command, and forget it. One that is older than `COMMAND_LIFETIME` is dropped."""
        state = self.timer_state
        assert state is not None, "a device without commands"
        command, state.command = state.command, None
        return command if self.turn.now - state.commanded_at <= COMMAND_LIFETIME else None

    # ---- what it does by itself

    def catch_up(self) -> None:
        """Do what is due by now."""

    def set_timer(self) -> None:
        """Set the timer for what is due next."""

    @property
    def timer_state(self) -> CloudLink | PhysicalDoor | None:
        """The part of its state that has `next_check_at`; None for a device that does nothing by itself."""
        return None

    def _next_step(self, week: Week | None, link: CloudLink, interval: int) -> int | None:
        """Return when to look whether the next step of a schedule is due.

        A long jump of the clock leaves out those before its end. `interval`: of the heartbeats, in seconds.
        """
        step = schedules.next_step(week, link.zone, link.schedules_run_until)
        if step is None:
            return None
        at = self._when_shows(step, link, interval)
        return at if self.turn.until is None else max(at, self.turn.until - _LAST_STRETCH)

    def _when_shows(self, shown: int, link: CloudLink, interval: int) -> int:
        """Return the true time at which the device's clock shows this time, or an earlier one at which to look again.

        Nobody knows when a clock that gains will show a time beyond its next contact: there may be other contacts before.
        """
        clock = self.clock()
        at, contact = clock.true_time(shown), heartbeats.next_heartbeat(link, interval, self.turn.now)
        if contact is None or at < contact:
            return at
        return max(contact, shown - -(-max(0, clock.drift) * interval * SECOND // DAY))

    def _set_timer_at(self, times: Iterable[int | None]) -> None:
        """Set the timer for the earliest of these times, unless it is due before. A past time counts as now."""
        earliest = min((max(at, self.turn.now) for at in times if at is not None), default=None)
        state = self.timer_state
        assert state is not None, "a device without a timer"
        if earliest is not None and (state.next_check_at is None or earliest < state.next_check_at):
            state.next_check_at = earliest
            self.turn.set_timer(earliest - self.turn.now, "device_due", device=self.device.id, at=earliest)

    # ---- events and checks

    def record(self, type: str, *, associated: Device | AccessPerson | None = None, **more: Any) -> Event:
        """Record an event that this device publishes. See `events.record`."""
        return events.record(self.turn, self.state, self.account, type, self.device, associated=associated, **more)

    def record_use(self, person: AccessPerson, **more: Any) -> None:
        """Record that a person used this device: an event that the person publishes."""
        events.record(self.turn, self.state, self.account, "access_person_used", person, associated=self.device, **more)

    def describe(self) -> dict[str, Any]:
        """Return the device's hardware state, for the control API."""
        return {}

    @staticmethod
    def check(device: Any) -> None:
        """Raise AssertionError if the device's hardware state is inconsistent."""


def check_link(name: str, link: CloudLink) -> None:
    """Raise AssertionError if a device's link is inconsistent."""
    assert link.online or link.offline_since is not None or link.anchor is None, (
        f"{name}: offline since an unknown time"
    )
    assert not link.online or link.offline_since is None, f"{name}: both online and offline"
    link.clock.check(LAST)
    assert not link.lost or link.anchor is not None, f"{name}: lost without ever having been connected"
