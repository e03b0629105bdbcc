"""Check that stored values are as the API's forms would have stored them: a loaded state may have any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from locksim.api import time_zones
from locksim.remotelock.account import Account
from locksim.remotelock.catalog import MODELS
from locksim.remotelock.entities import AccessGuest, AcsDoor, Device, Lock, PowerPlug, ResortLock, Thermostat
from locksim.remotelock.forms import is_digits, is_local_time, is_time_of_day, parse_date
from locksim.remotelock.hardware import battery
from locksim.remotelock.physical import Week
from locksim.remotelock.rules.persons import PIN_DIGITS
from locksim.remotelock.rules.schedules import is_week
from locksim.remotelock.schedules import week_of
from locksim.remotelock.state import State

__all__ = ["check"]


def check(state: State) -> None:
    """Raise AssertionError if a stored time, date, zone, pin, model or schedule is invalid."""
    for account in state.accounts.values():
        for device in account.devices.values():
            _check_device(device)
        _check_account(account)


def _check_account(account: Account) -> None:
    for location in account.locations.values():
        assert time_zones.is_known(location.time_zone), f"{location.name}: there is no time zone {location.time_zone!r}"
    for schedule in account.schedules.values():
        _check_week(schedule.name, schedule.type, week_of(schedule))
    for exception in account.exceptions.values():
        spans = [(parse_date(span.start_date), parse_date(span.end_date)) for span in exception.dates]
        valid = all(first is not None and last is not None and first <= last for first, last in spans)
        assert valid, f"{exception.name}: invalid dates"
    for person in account.persons.values():
        assert person.pin is None or is_digits(person.pin, *PIN_DIGITS), f"{person.name}: invalid pin {person.pin!r}"
        if isinstance(person, AccessGuest):
            _check_local_times(person.name, person.starts_at, person.ends_at)
    for guest in account.resort_guests.values():
        _check_local_times(guest.name, guest.starts_at, guest.ends_at)
    for name, time in _times_of_day(account):
        assert time is None or is_time_of_day(time), f"{name}: {time!r} is not a time of day"


def _times_of_day(account: Account) -> Iterator[tuple[str, str | None]]:
    for item in (account, *(d for d in account.devices.values() if isinstance(d, Lock | ResortLock))):
        yield item.name, item.default_guest_start_time
        yield item.name, item.default_guest_end_time
    for access in account.accesses.values():
        yield access.id, access.guest_start_time
        yield access.id, access.guest_end_time


def _check_device(device: Device) -> None:
    name = device.name
    if not isinstance(device, AcsDoor):
        model = MODELS.get(device.model_id)
        assert model is not None, f"{name}: there is no model {device.model_id}"
        assert model.type == device.type, f"{name}: the model {device.model_id} is no {device.type}"
    if isinstance(device, Lock | PowerPlug | Thermostat):
        zone = device.physical.link.zone
        assert time_zones.is_known(zone), f"{name}: there is no time zone {zone!r}"
    match device:
        case Lock(physical=physical):
            for source in (device.settings.power_source, physical.settings.power_source):
                assert battery.is_source(source), f"{name}: there is no power source {source!r}"
            assert battery.is_type(physical.battery_type), f"{name}: there is no battery {physical.battery_type!r}"
            _check_week(name, "auto_lock_schedule", physical.auto_lock_week)
            _check_week(name, "lock_action_schedule", physical.lock_action_week)
            for grant in physical.grants.values():
                _check_week(name, "access_schedule", grant.week)
        case PowerPlug(physical=plug):
            _check_week(name, "power_plug_schedule", plug.week)
        case Thermostat(physical=thermostat):
            _check_week(name, "thermostat_schedule", thermostat.week)
        case ResortLock(physical=resort):
            for code in resort.codes:
                _check_local_times(name, code.starts_at, code.ends_at)


def _check_week(name: str, kind: str, week: Week | None) -> None:
    assert week is None or is_week(kind, week), f"{name}: invalid entries in its {kind}"


def _check_local_times(name: str, *times: Any) -> None:
    for time in times:
        assert is_local_time(time), f"{name}: {time!r} is not a local time such as 2018-09-10T00:00:00"
