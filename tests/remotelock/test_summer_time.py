"""The hours that summer time skips or doubles: `tests/summer_time.py` over guests' stays and schedules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from locksim.remotelock.seed import FRONT_DOOR, HARBOUR_HOUSE
from tests.remotelock.keeper import Keeper
from tests.summer_time import SUMMER_TIME, Hour

SECOND = timedelta(seconds=1)
PIN = "730915"


def keeper_before(hour: Hour) -> Keeper:
    """Return a keeper whose house is in the hour's zone, three hours before the hour."""
    keeper = Keeper(start=_text(hour.starts - timedelta(hours=3)))
    keeper.change(f"/locations/{HARBOUR_HOUSE}", time_zone=hour.zone)
    return keeper


def _text(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def granted(keeper: Keeper, when: datetime) -> bool:
    keeper.until(_text(when))
    return bool(keeper.device(FRONT_DOOR).enter_pin(pin=PIN)["granted"])


def admit(keeper: Keeper, person: Any, **more: Any) -> None:
    keeper.admit(person, FRONT_DOOR, **more)
    keeper.device(FRONT_DOOR).heartbeat()


def week_of(keeper: Keeper, kind: str, hour: Hour, **entry: str) -> str:
    schedule = keeper.make("/schedules", kind, name="Week", **{f"{hour.local:%a}".lower(): [entry]})
    return str(schedule["id"])


@pytest.mark.rule("RL-R88")
@pytest.mark.parametrize("hour", SUMMER_TIME, ids=str)
def test_a_guest_who_arrives_in_the_hour_can_enter_from_its_first_moment(hour: Hour) -> None:
    keeper = keeper_before(hour)
    admit(keeper, keeper.visitor(PIN, hour.local.isoformat(), (hour.local + timedelta(days=2)).isoformat()))
    assert not granted(keeper, hour.starts - SECOND)
    assert granted(keeper, hour.starts)


@pytest.mark.rule("RL-R88")
@pytest.mark.parametrize("hour", SUMMER_TIME, ids=str)
def test_a_guest_who_leaves_in_the_hour_can_enter_until_its_last_moment(hour: Hour) -> None:
    keeper = keeper_before(hour)
    admit(keeper, keeper.visitor(PIN, (hour.local - timedelta(days=2)).isoformat(), hour.local.isoformat()))
    assert granted(keeper, hour.starts - SECOND)
    assert granted(keeper, hour.ends - SECOND)
    assert not granted(keeper, hour.ends)


@pytest.mark.rule("RL-R88")
@pytest.mark.parametrize("hour", SUMMER_TIME, ids=str)
def test_an_entry_that_starts_in_the_hour_is_open_from_its_first_moment(hour: Hour) -> None:
    keeper = keeper_before(hour)
    week = week_of(keeper, "access_schedule", hour, start_time=f"{hour.local:%H:%M}", end_time="24:00")
    admit(keeper, keeper.user(PIN), access_schedule_id=week)
    assert not granted(keeper, hour.starts - SECOND)
    assert granted(keeper, hour.starts)
    assert granted(keeper, hour.ends)


@pytest.mark.rule("RL-R88")
@pytest.mark.parametrize("hour", [hour for hour in SUMMER_TIME if hour.local.hour], ids=str)
def test_an_entry_that_ends_in_the_hour_is_open_until_its_last_moment(hour: Hour) -> None:
    keeper = keeper_before(hour)
    week = week_of(keeper, "access_schedule", hour, start_time="00:00", end_time=f"{hour.local:%H:%M}")
    admit(keeper, keeper.user(PIN), access_schedule_id=week)
    assert granted(keeper, hour.starts - SECOND)
    assert granted(keeper, hour.ends - SECOND)
    assert not granted(keeper, hour.ends)


@pytest.mark.rule("RL-R512")
@pytest.mark.parametrize("hour", SUMMER_TIME, ids=str)
def test_a_step_in_the_hour_is_run_once_at_its_first_moment(hour: Hour) -> None:
    keeper = keeper_before(hour)
    week = week_of(keeper, "lock_action_schedule", hour, time=f"{hour.local:%H:%M}", action="unlock")
    keeper.change(f"/devices/{FRONT_DOOR}", lock_action_schedule_id=week)
    keeper.device(FRONT_DOOR).heartbeat()
    keeper.until(_text(hour.starts - SECOND))
    assert keeper.device(FRONT_DOOR).state["bolt"] == "locked"
    keeper.until(_text(hour.starts))
    assert keeper.device(FRONT_DOOR).state["bolt"] == "unlocked"
    keeper.until(_text(hour.ends + timedelta(hours=1)))
    assert len(keeper.events("unlocked")) == 1
