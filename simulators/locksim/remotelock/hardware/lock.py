"""A lock: its contacts with the cloud, and what it does between them.

A lock sleeps between its contacts. It contacts the cloud at its heartbeats, when somebody uses it (if its settings say so),
and when it comes back online. `contact` does everything in this order: settings (at the first contact the lock's own
replace the cloud's: chapter *Update a lock*), unreported events, the battery, the last command, and grants. What a lock has not
received by its last contact, it does not know.

A lock is *connected* for `CONNECTED` after a contact: it reports events at once, and a command reaches it after
`COMMAND_DELAY`. It is *alive* until it has missed two heartbeats.
"""

from __future__ import annotations

from typing import Any

import msgspec

from locksim.engine.timestamps import DAY, LAST, MINUTE, SECOND, iso
from locksim.remotelock import schedules
from locksim.remotelock.catalog import can
from locksim.remotelock.entities import Connection, Lock
from locksim.remotelock.hardware import battery, grants, heartbeats
from locksim.remotelock.hardware.base import DeviceHardware, check_link
from locksim.remotelock.physical import Bolt, CloudLink, LockSettings, PhysicalLock, UnreportedEvent
from locksim.remotelock.state import new_id

__all__ = ["CONNECTED", "EVENTS_KEPT", "FIRST_CONTACT", "TIMEOUT", "LockHardware"]

CONNECTED = 30 * SECOND
COMMAND_DELAY = 2 * SECOND
FIRST_CONTACT = 2 * MINUTE
"""The time from the registration to the first contact."""
SYNC_TIMEOUT = DAY
"""Grants that a lock has not fetched for this long count as failed (`timeout`)."""
TIMEOUT = "timeout"
EVENTS_KEPT = 1000
"""How many unreported events a lock keeps: the latest. It also makes up for at most so many steps of a schedule."""
_REPORT_DELAY = 3 * SECOND
"""`observed`: the time from an event at the lock to its report."""
_FACTORY_CODE = "123456"
_BOLT_AFTER: dict[str, Bolt] = {"unlock": "unlocked", "lock": "locked"}


class LockHardware(DeviceHardware[Lock]):
    """A lock on its door."""

    # ---- what the cloud asks

    def start(self) -> None:
        """Begin with what the lock learned at its last contact."""
        link = self.device.physical.link
        if not link.schedules_run_until:
            link.schedules_run_until = self.turn.now
            link.zone = self.account.zone_of(self.device)
            link.anchor = self.device.connected_at
            self.update_physics()

    def register(self) -> None:
        """Begin as the lock leaves the factory, with a new battery, unless it was registered before.

        It contacts the cloud after some minutes.
        """
        model, physical = self.device.model_id, self.device.physical
        physical.contact_at = self.turn.now + FIRST_CONTACT
        if physical.link.schedules_run_until:
            physical.link.anchor, physical.link.lost = None, False
            physical.link.schedules_run_until, physical.link.zone = self.time(), self.account.zone_of(self.device)
            self.update_physics()
            physical.unreported_events.clear()
            self.set_timer()
            return
        physical.charge.fill(self.turn.now)
        self.start()
        pins: list[str] | None = [] if can(model, "local_pins") else None
        code = _FACTORY_CODE if can(model, "programming_code") else None
        auto_lock = bool(can(model, "auto_lock_enable"))
        physical.settings = LockSettings(1200, "alkaline_battery", "user_action", False, auto_lock, 20, code, pins)
        self.set_timer()

    def replace(self) -> None:
        """Begin anew, as another lock with another serial number. The old one is kept as it is."""
        lock = self.device
        lock.physical, lock.settings = PhysicalLock(LockSettings()), LockSettings()
        lock.state, lock.connected_at, lock.signal_quality, lock.power_level = "locked", None, 0, 0
        self.register()

    def command(self, action: str) -> None:
        """Keep the command for the next contact, which is soon if the lock is connected."""
        physical = self.device.physical
        self._keep_command(action)
        if self.is_connected():
            physical.contact_at = self.turn.now + COMMAND_DELAY
        self.set_timer()

    def update_settings(self) -> None:
        """Have the lock fetch its settings at the next heartbeat."""
        self.set_timer()

    def update_grants(self) -> None:
        """Have the lock fetch its grants at the next heartbeat."""
        physical = self.device.physical
        if physical.sync_pending_since is None and self._needs_contact(self.turn.now):
            physical.sync_pending_since = self.turn.now
        self.set_timer()

    def connection(self) -> Connection:
        """Return what the cloud knows of the connection now."""
        lock, contact = self.device, self.last_contact()
        last = contact or lock.connected_at
        level = 0 if last is None else battery.percent(self._reported_millivolts(last), lock.settings.power_source)
        alive = contact is not None and self.turn.now - contact < heartbeats.lost_after(self._heartbeat_interval)
        return Connection(self._is_recent(contact), alive, last, lock.signal_quality, level)

    def connection_changes_at(self) -> int:
        """Return the next heartbeat, or the time at which silence or an empty battery shows."""
        physical, contact, interval = self.device.physical, self.last_contact(), self._heartbeat_interval
        times = [battery.empty_at(physical)]
        if contact is not None:
            times += [contact + CONNECTED, contact + interval * SECOND, contact + heartbeats.lost_after(interval)]
        return min((at for at in times if at is not None and at > self.turn.now), default=LAST)

    # ---- the connection

    def last_contact(self) -> int | None:
        """Return when the lock was last in contact; None: never. An empty battery ends its contacts."""
        until, empty_at = self.turn.now, battery.empty_at(self.device.physical)
        if empty_at is not None:
            until = min(until, empty_at - 1)
        return heartbeats.last_heartbeat(self.device.physical.link, self._heartbeat_interval, until)

    def can_connect(self) -> bool:
        """Return whether the lock has network and power."""
        return self.device.physical.link.online and self.has_power()

    def is_connected(self) -> bool:
        """Return whether the lock is connected at this moment."""
        return self._is_recent(self.last_contact())

    def _is_recent(self, contact: int | None) -> bool:
        return contact is not None and self.turn.now - contact < CONNECTED and self.can_connect()

    def has_power(self) -> bool:
        """Return whether the lock has power now."""
        return battery.has_power(self.device.physical, self.turn.now)

    # ---- its clock and its battery

    def update_physics(self) -> None:
        """Take the world's drift and drain."""
        super().update_physics()
        physical = self.device.physical
        self._keep_reported()
        battery.set_rate(physical.charge, self.turn.now, self.turn.drained(battery.PER_DAY[physical.battery_type]))

    def set_battery(self, level: int, type: str) -> bool:
        """Set the battery to a percentage. Return whether it is a new one, since it has more than before."""
        physical, now = self.device.physical, self.turn.now
        before = battery.percent(battery.millivolts(physical, now), physical.battery_type)
        self._keep_reported()
        stopped = battery.empty_at(physical)
        stood = 0 if stopped is None or stopped > now else now - stopped
        error = self.clock().error_at(now - stood) - stood
        physical.battery_type = type
        battery.set_level(physical.charge, now, level * 10_000)
        physical.charge.per_day = self.turn.drained(battery.PER_DAY[type])
        if stood and self.has_power():
            physical.link.clock.set(now, error)  # it stood still without power
        return level > before

    def _reported_millivolts(self, last: int) -> int:
        """Return the voltage at the last contact."""
        physical = self.device.physical
        return battery.millivolts(physical, last) if physical.charge.at <= last else physical.reported_millivolts

    def _keep_reported(self) -> None:
        """Keep the voltage at the last contact, before the charge changes."""
        last = self.last_contact()
        if last is not None:
            self.device.physical.reported_millivolts = self._reported_millivolts(last)

    def _move(self, bolt: Bolt, at: int, *, by_motor: bool = True) -> None:
        """Move the bolt at this time. The motor takes some of the battery."""
        physical = self.device.physical
        physical.bolt = bolt
        used = self.turn.drained(battery.PER_MOVE[physical.battery_type]) if by_motor else 0
        if used:
            self._keep_reported()
            physical.charge.use(at, used)

    @property
    def _heartbeat_interval(self) -> int:
        return self.device.physical.settings.heartbeat_interval

    # ---- a contact

    def contact(self) -> None:
        """Exchange everything with the cloud now."""
        lock, physical, now = self.device, self.device.physical, self.turn.now
        is_first = lock.connected_at is None
        lock.connected_at = physical.link.anchor = now
        physical.link.clock.set(now)
        physical.contact_at = physical.sync_pending_since = None
        lock.signal_quality = lock.signal_quality or self.turn.random("signal", lock.id).between(1, 4)
        if is_first:
            own_pins = list(physical.settings.local_pins or [])
            lock.settings = msgspec.structs.replace(physical.settings, local_pins=own_pins)
        else:
            self._fetch_settings()
        physical.reported_pins = list(lock.settings.local_pins or [])
        if physical.link.lost:
            physical.link.lost = False
            self.record("connectivity", source="user", connected_at=now)
        physical.auto_lock_week, physical.lock_action_week, physical.link.zone = self._expected_schedules()
        self._report_events()
        self._report_battery()
        self._execute_command()
        self._fetch_grants()
        lock.state = physical.bolt

    def _fetch_settings(self) -> None:
        """Take the cloud's settings. Local pins that were programmed at the keypad are added to the cloud's."""
        cloud, physical = self.device.settings, self.device.physical
        removed = set(physical.reported_pins) - set(cloud.local_pins or ())
        pins: list[str] | None = [pin for pin in physical.settings.local_pins or [] if pin not in removed]
        if physical.settings.local_pins is None and cloud.local_pins is None:
            pins = None
        physical.settings = msgspec.structs.replace(cloud, local_pins=pins)
        cloud.local_pins = None if pins is None else list(pins)

    def _report_events(self) -> None:
        lock = self.device
        unreported, lock.physical.unreported_events = lock.physical.unreported_events, []
        for event in unreported:
            person = self.account.persons.get(event.person_id or "")
            details: dict[str, Any] = dict(event.details)
            if person is None and event.person_name is not None:
                details["associated_resource_name"] = event.person_name
            details |= {"source": event.source, "status": event.status, "occurred_at": event.occurred_at}
            self.record(event.type, associated=person, id=event.id, **details)
            if person is not None and event.type in ("unlocked", "access_denied"):
                self.record_use(person, **details)
                person.used = person.used or event.status == "succeeded"

    def _report_battery(self) -> None:
        lock, physical = self.device, self.device.physical
        voltage = battery.millivolts(physical, self.turn.now)
        lock.power_level = battery.percent(voltage, lock.settings.power_source)
        if lock.power_level > battery.LOW:
            physical.low_reported = False
        elif not physical.low_reported:
            physical.low_reported = True
            self.record("power_level_low", source="user", power_level=lock.power_level)

    def _execute_command(self) -> None:
        command = self._take_command()
        if command == "unlock":
            self.unlock()
            self.record("unlocked", source="network")
        elif command is not None:
            self.lock()
            self.record("locked", source="network")

    def _fetch_grants(self) -> None:
        lock, physical, now = self.device, self.device.physical, self.turn.now
        expected = grants.expected_grants(self.account, lock, now)
        physical.grants = {key: grant for key, grant in physical.grants.items() if key in expected}
        physical.sync_failures = {key: why for key, why in physical.sync_failures.items() if key in expected}
        for key, grant in expected.items():
            if physical.grants.get(key) == grant:
                continue
            person, why = self.account.persons[grant.person_id], grants.conflict(lock, grant)
            if why is not None:
                physical.grants.pop(key, None)
                self._report_sync_failure(key, why)
                continue
            is_late = key not in physical.grants and grant.start is not None and now > grant.start
            physical.grants[key] = grant
            physical.sync_failures.pop(key, None)
            self.record("access_person_synced", source="user", associated=person)
            if is_late:
                self.record("access_guest_late_sync", source="user", associated=person)

    def _report_sync_failure(self, access_id: str, why: str) -> None:
        """Record that a grant was not stored, once for each reason."""
        failures = self.device.physical.sync_failures
        if failures.get(access_id) == why:
            return
        failures[access_id] = why
        person = self.account.persons[self.account.accesses[access_id].person_id]
        self.record("access_person_sync_failed", source="user", associated=person, status_info=why)

    # ---- what differs between the lock and the cloud

    def _needs_contact(self, now: int) -> bool:
        """Return whether the next contact has anything to do."""
        lock, physical = self.device, self.device.physical
        return bool(
            physical.link.command
            or physical.unreported_events
            or physical.link.lost
            or _without_pins(lock.settings) != _without_pins(physical.settings)
            or set(physical.reported_pins) != set(lock.settings.local_pins or ())
            or set(physical.reported_pins) != set(physical.settings.local_pins or ())
            or self._expected_schedules() != (physical.auto_lock_week, physical.lock_action_week, physical.link.zone)
            or self._unsynced_accesses(now)
        )

    def _expected_schedules(self) -> tuple[Any, Any, str]:
        known = self.account.schedules
        auto_lock, lock_action = self.device.auto_lock_schedule_id, self.device.lock_action_schedule_id
        return (
            schedules.week_of(known[auto_lock]) if auto_lock else None,
            schedules.week_of(known[lock_action]) if lock_action else None,
            self.account.zone_of(self.device),
        )

    def _unsynced_accesses(self, now: int) -> list[str]:
        """Return the accesses whose grants a contact would change or report as failed."""
        lock, physical = self.device, self.device.physical
        expected, stored = grants.expected_grants(self.account, lock, now), physical.grants
        differing = [key for key in {**stored, **expected} if stored.get(key) != expected.get(key)]
        reported = {
            key
            for key in differing
            if key in expected
            and (why := grants.conflict(lock, expected[key]))
            and physical.sync_failures.get(key) == why
        }
        return [key for key in differing if key not in reported]

    # ---- what happens at the lock

    def unlock(self, *, by_motor: bool = True) -> None:
        """Unlock the bolt. It locks again by itself if auto-lock is on."""
        physical = self.device.physical
        self._move("unlocked", self.turn.now, by_motor=by_motor)
        physical.relock_at = None
        if self._auto_locks(self.time()):
            physical.relock_at = self.turn.now + physical.settings.auto_lock_timeout * SECOND

    def lock(self, *, by_motor: bool = True) -> None:
        """Lock the bolt."""
        self._move("locked", self.turn.now, by_motor=by_motor)
        self.device.physical.relock_at = None

    def add_event(self, type: str, *, wakes: bool = False, **fields: Any) -> str:
        """Add an event, which is reported now or at the next contact. Return its id.

        `wakes`: whether it makes the lock contact the cloud. `fields`: see `UnreportedEvent`.
        """
        event_id = self._keep_event(type, self.time(), **fields)
        self.after_use(wakes=wakes)
        return event_id

    def _keep_event(self, type: str, occurred_at: int, **fields: Any) -> str:
        event_id = new_id(self.turn, self.state, "event")
        unreported = self.device.physical.unreported_events
        unreported.append(UnreportedEvent(id=event_id, type=type, occurred_at=occurred_at, **fields))
        del unreported[:-EVENTS_KEPT]
        return event_id

    def after_use(self, *, wakes: bool) -> None:
        """Contact the cloud if the use wakes the lock, or if it is connected."""
        if self.can_connect() and (wakes or self.is_connected()):
            if self.turn.profile == "observed":
                self.device.physical.contact_at = self.turn.now + _REPORT_DELAY
            else:
                self.contact()
        self.set_timer()

    def wakes(self, *, by_knob: bool) -> bool:
        """Return whether using the lock makes it contact the cloud."""
        wake = self.device.physical.settings.wake_wifi
        return wake == "user_action" or (wake == "user_action_except_manual" and not by_knob)

    def _auto_locks(self, shown: int) -> bool:
        """Return whether auto-lock is on when the lock's clock shows this time."""
        physical = self.device.physical
        settings = physical.settings
        if not settings.auto_lock or settings.auto_lock_timeout <= 0:
            return False
        if not can(self.device.model_id, "auto_lock_enable"):
            return False
        step = schedules.last_step(physical.auto_lock_week, physical.link.zone, shown)
        return step is None or bool(step["enable"])

    # ---- what is due

    def catch_up(self) -> None:
        """Do what is due by now."""
        physical, now = self.device.physical, self.turn.now
        self._run_schedules()
        if self._relock(now):
            self.after_use(wakes=False)
        if physical.contact_at is not None and physical.contact_at <= now:
            physical.contact_at = None
            if self.can_connect():
                self.contact()
        if now in self._useful_heartbeats(now - 1) and self.can_connect():
            self.contact()
        lost_at = self._lost_at()
        if lost_at is not None and lost_at <= now:
            physical.link.lost = True
            self.record("connectivity", source="user", status="failed", connected_at=self.last_contact())
        if physical.sync_pending_since is not None and physical.sync_pending_since + SYNC_TIMEOUT <= now:
            physical.sync_pending_since = None
            self._fail_pending_grants()

    def _fail_pending_grants(self) -> None:
        now = self.turn.now
        for key in self._unsynced_accesses(now):
            access = self.account.accesses.get(key)
            if access is not None and grants.expected_grant(self.account, self.device, access, now) is not None:
                self._report_sync_failure(key, TIMEOUT)

    def _relock(self, until: int) -> bool:
        """Do an auto-lock that is due by this time. Return whether the bolt was locked."""
        physical = self.device.physical
        at = physical.relock_at
        if at is None or at > until:
            return False
        physical.relock_at = None
        if not battery.has_power(physical, at):
            return False
        self._move("locked", at)
        self._keep_event("locked", self.clock().shows(at), details={"method": "auto_lock"})
        return True

    def _run_schedules(self) -> None:
        """Run the steps of the schedules that the lock has stored, up to now or until its battery was empty.

        There are many if a state of long ago was loaded, or if the clock jumped far. Then the lock runs those that its
        memory of events has room for.
        """
        physical, link, now = self.device.physical, self.device.physical.link, self.turn.now
        since, link.schedules_run_until = link.schedules_run_until, max(link.schedules_run_until, self.time())
        empty_at, clock = battery.empty_at(physical), self.clock()
        powered_until = clock.shows(now if empty_at is None else min(now, empty_at - 1))
        steps = [
            step
            for week in (physical.auto_lock_week, physical.lock_action_week)
            for step in schedules.steps_between(week, link.zone, since, powered_until, limit=EVENTS_KEPT)
        ]
        was_used = False
        for shown, entry in sorted(steps, key=lambda step: step[0]):
            at = min(now, shown - clock.error_at(now))
            was_used |= self._relock(at - 1)
            was_used |= self._run_step(at, shown, entry)
        if was_used:
            self.after_use(wakes=False)

    def _run_step(self, at: int, shown: int, entry: dict[str, Any]) -> bool:
        """Run a step of a schedule, at which the lock's clock shows `shown`. Return whether it moved the bolt."""
        physical = self.device.physical
        if not battery.has_power(physical, at):
            return False
        if "action" in entry:
            self._move(_BOLT_AFTER[entry["action"]], at)
            physical.relock_at = None
            self._keep_event(physical.bolt, shown, details={"method": "schedule"})
            return True
        relocks = entry["enable"] and physical.bolt == "unlocked" and self._auto_locks(shown)
        physical.relock_at = at + physical.settings.auto_lock_timeout * SECOND if relocks else None
        return False

    def set_timer(self) -> None:
        """Set the timer for what is due next."""
        physical, link = self.device.physical, self.device.physical.link
        pending_since = physical.sync_pending_since
        self._set_timer_at(
            (
                physical.relock_at,
                physical.contact_at,
                self._next_step(physical.auto_lock_week, link, self._heartbeat_interval),
                self._next_step(physical.lock_action_week, link, self._heartbeat_interval),
                *self._useful_heartbeats(self.turn.now),
                self._lost_at(),
                None if pending_since is None else pending_since + SYNC_TIMEOUT,
            )
        )

    @property
    def timer_state(self) -> CloudLink:
        """The lock's link."""
        return self.device.physical.link

    def _useful_heartbeats(self, after: int) -> list[int]:
        """Return the next heartbeats after this time at which there is something to do."""
        physical, interval = self.device.physical, self._heartbeat_interval
        empty_at = battery.empty_at(physical)
        due = []
        if physical.link.anchor is not None and self._needs_contact(after):
            due.append(heartbeats.next_heartbeat(physical.link, interval, after))
        low_at = battery.falls_to_low_at(physical, self.device.settings.power_source)
        if not physical.low_reported and low_at is not None:
            due.append(heartbeats.next_heartbeat(physical.link, interval, max(after, low_at - 1)))
        return [at for at in due if at is not None and (empty_at is None or at < empty_at)]

    def _lost_at(self) -> int | None:
        """Return when the cloud records that the lock is silent; None if it is not, or if that is recorded."""
        link, now = self.device.physical.link, self.turn.now
        if link.lost or link.anchor is None:
            return None
        empty_at = battery.empty_at(self.device.physical)
        if link.online and self._heartbeat_interval > 0:
            if empty_at is None or empty_at > now + 30 * DAY:
                return None
            if now < empty_at:
                return empty_at
        last = self.last_contact()
        return empty_at if last is None else last + heartbeats.lost_after(self._heartbeat_interval)

    # ---- the control API, and invariants

    def describe(self) -> dict[str, Any]:
        """Return the lock's hardware state."""
        physical, last = self.device.physical, self.last_contact()
        return {
            "bolt": physical.bolt,
            "online": physical.link.online,
            "powered": self.has_power(),
            "battery": battery.percent(battery.millivolts(physical, self.turn.now), physical.battery_type),
            "clock": iso(self.time()),
            "heard": None if last is None else iso(last),
            "heartbeat_interval": physical.settings.heartbeat_interval,
            "grants": len(physical.grants),
            "untold": len(physical.unreported_events),
            "orders": [] if physical.link.command is None else [physical.link.command],
        }

    @staticmethod
    def check(device: Lock) -> None:
        """Raise AssertionError if the lock's hardware state is inconsistent."""
        physical, name = device.physical, device.name
        check_link(name, physical.link)
        physical.charge.check()
        assert physical.relock_at is None or physical.bolt == "unlocked", f"{name}: is locked, and will lock itself"
        refused = {key for key, why in physical.sync_failures.items() if why != TIMEOUT}
        assert not physical.grants.keys() & refused, f"{name}: stores a grant that it refused"
        was_registered = device.connected_at is not None or physical.contact_at is not None
        assert was_registered or not physical.grants, f"{name}: has grants before its first contact"
        assert set(physical.reported_pins) >= set(device.settings.local_pins or ()), (
            f"{name}: the cloud has added local pins"
        )
        ids = {event.id for event in physical.unreported_events}
        assert len(ids) == len(physical.unreported_events), f"{name}: has an unreported event twice"


def _without_pins(settings: LockSettings) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.structs.asdict(settings)
    del fields["local_pins"]
    return fields
