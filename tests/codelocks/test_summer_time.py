"""K3Connect locks in the hours that summer time skips or doubles: `tests/summer_time.py` over NetCodes and phones."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import msgspec
import pytest

from locksim.codelocks.seed import MAIN_DOOR, MARY
from locksim.codelocks.state import DAYS
from tests.codelocks.caller import WHOLE_DAY, Caller
from tests.summer_time import SUMMER_TIME, Hour

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
FULL_HOURS = [hour for hour in SUMMER_TIME if hour.local.minute == 0]


def caller(hour: Hour) -> Caller:
    """Return a caller whose MAIN_DOOR is in the hour's zone, three hours before the hour."""
    state = msgspec.to_builtins(Caller().state)
    state["k3locks"][0]["zone"] = hour.zone
    return Caller(start=f"{hour.starts - 3 * HOUR:%Y-%m-%dT%H:%M:%SZ}", state=state)


def go(api: Caller, when: datetime) -> None:
    api.advance_to(f"{when:%Y-%m-%d %H:%M:%S}")


@pytest.mark.rule("CL-R142")
@pytest.mark.parametrize("hour", FULL_HOURS, ids=str)
def test_a_code_that_starts_in_the_hour_opens_from_its_first_moment(hour: Hour) -> None:
    api = caller(hour)
    code = api.code(MAIN_DOOR, f"{hour.local:%Y-%m-%d %H:%M}", 11)
    for when, opens in ((hour.starts - SECOND, False), (hour.starts, True), (hour.ends, True)):
        go(api, when)
        assert api.opens(MAIN_DOOR, code) is opens, when


@pytest.mark.rule("CL-R142")
@pytest.mark.parametrize("hour", FULL_HOURS, ids=str)
def test_a_code_that_ends_in_the_hour_opens_until_its_last_moment(hour: Hour) -> None:
    api = caller(hour)
    code = api.code(MAIN_DOOR, f"{hour.local - 12 * HOUR:%Y-%m-%d %H:%M}", 11)
    for when, opens in ((hour.starts - SECOND, True), (hour.ends - SECOND, True), (hour.ends, False)):
        go(api, when)
        assert api.opens(MAIN_DOOR, code) is opens, when


@pytest.mark.rule("CL-R142")
@pytest.mark.parametrize(
    "hour", [hour for hour in FULL_HOURS if hour.kind == "skipped" and hour.zone != "Australia/Lord_Howe"], ids=str
)
def test_a_code_for_a_skipped_hour_alone_never_opens(hour: Hour) -> None:
    """Lord Howe's clocks skip only half an hour."""
    api = caller(hour)
    code = api.code(MAIN_DOOR, f"{hour.local:%Y-%m-%d %H:%M}", 0)
    for _ in range(6 * 6):
        assert not api.opens(MAIN_DOOR, code)
        api.site.clock.advance(600)


def open_by_phone(api: Caller, day: datetime, **times: str) -> bool:
    """Set MARY's only period, on this day of the week, and try to open with her phone."""
    period = WHOLE_DAY | dict.fromkeys(DAYS, False) | {DAYS[day.weekday()]: True} | times
    assert api.client("PUT", MAIN_DOOR, MARY, activeperiods=json.dumps({"0": period})).status == 200
    return bool(api.device(MAIN_DOOR).unlock_by_phone(phone=MARY)["opened"])


@pytest.mark.rule("CL-R142")
@pytest.mark.parametrize("hour", SUMMER_TIME, ids=str)
def test_a_period_that_starts_in_the_hour_lets_a_phone_in_from_its_first_moment(hour: Hour) -> None:
    api = caller(hour)
    for when, opens in ((hour.starts - SECOND, False), (hour.starts, True), (hour.ends, True)):
        go(api, when)
        assert open_by_phone(api, hour.local, starts=f"{hour.local:%H:%M}") is opens, when


@pytest.mark.rule("CL-R142")
@pytest.mark.parametrize("hour", [hour for hour in SUMMER_TIME if hour.local.hour], ids=str)
def test_a_period_that_ends_in_the_hour_lets_a_phone_in_until_its_last_moment(hour: Hour) -> None:
    api = caller(hour)
    for when, opens in ((hour.starts - SECOND, True), (hour.ends - SECOND, True), (hour.ends, False)):
        go(api, when)
        assert open_by_phone(api, hour.local, ends=f"{hour.local - MINUTE:%H:%M}") is opens, when
