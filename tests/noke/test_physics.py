"""Clocks that drift and batteries that drain, with time and with use."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import ClassVar

import pytest

from locksim.engine.errors import Refused
from locksim.inprocess.world import World
from locksim.noke import VENDOR
from locksim.noke.seed import ALICES_FOB, TRAILER, UNIT_12, YARD
from tests import recovery
from tests.noke.caller import Caller
from tests.noke.hints import HINTS

DAY = 86_400
WALKS = 100 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 4


def company_with(**physics: float) -> Caller:
    return Caller(world=World([VENDOR], seed=7, **physics))  # type: ignore[arg-type]


# ---- clocks


@pytest.mark.rule("NO-R137")
@pytest.mark.parametrize(("drift", "factor"), [(0, 1), (3600, 24 / 25), (-3600, 24 / 23)])
def test_a_clock_that_gains_or_loses_shortens_or_stretches_what_it_counts(
    company: Caller, drift: float, factor: float
) -> None:
    assert company.device(YARD).clock(drift=drift) == {"clock_drift": drift}
    assert company.device(YARD).state["clock_drift"] == drift
    company.approach(YARD)
    company.pass_time(10 * factor - 0.01)
    assert company.device(YARD).state["unlocked"]
    company.pass_time(0.02)
    assert not company.device(YARD).state["unlocked"]
    company.pass_time(40 * factor - 0.03)
    assert company.device(YARD).state["awake"]
    company.pass_time(0.03)
    assert not company.device(YARD).state["awake"]
    company.unlock(YARD, "/fwupdate/")
    company.pass_time(60 * factor - 0.01)
    assert company.device(YARD).state["led"] == "blue"
    company.pass_time(0.02)
    assert company.device(YARD).state["led"] == "off"


@pytest.mark.rule("NO-R137")
def test_a_fobs_clock_counts_how_long_it_stays_awake(company: Caller) -> None:
    company.device(ALICES_FOB).clock(drift=3600)
    company.device(ALICES_FOB).squeeze()
    company.pass_time(47.99)
    assert company.device(ALICES_FOB).state["awake"]
    company.pass_time(0.02)
    assert not company.device(ALICES_FOB).state["awake"]


@pytest.mark.rule("NO-R137")
def test_every_device_has_a_drift_of_its_own_within_the_worlds() -> None:
    drifts = [device.state["clock_drift"] for device in company_with(clock_drift=60).site.hardware.devices()]
    assert len(set(drifts)) == len(drifts) > 10
    assert all(abs(drift) <= 60 for drift in drifts)
    assert {device.state["clock_drift"] for device in Caller().site.hardware.devices()} == {0}


@pytest.mark.rule("NO-R137")
def test_a_clock_without_a_date_changes_no_time_that_the_server_shows() -> None:
    lines = []
    for drift in (-3600, 0, 3600):
        company = Caller()
        company.device(YARD).clock(drift=drift)
        key = company.issue_key(YARD, "alice")
        company.unlock(YARD)
        company.pass_time(30 * DAY)
        company.upload(company.unlock_offline(YARD, key))
        lines.append(company.activity())
    assert lines[0] == lines[1] == lines[2]
    assert len(lines[0]) == 3


@pytest.mark.parametrize("drift", [3601, -3601])
def test_a_drift_beyond_an_hour_a_day_is_refused(company: Caller, drift: float) -> None:
    with pytest.raises(Refused, match="invalid drift"):
        company.device(YARD).clock(drift=drift)
    assert company.device(YARD).state["clock_drift"] == 0


@pytest.mark.rule("NO-R138")
@pytest.mark.parametrize(("drift", "waits", "stuck"), [(-3600, 59.9, True), (-3600, 60, False), (3600, 57.7, False)])
def test_whoever_waits_sixty_seconds_after_a_set_up_is_safe_with_any_clock(
    company: Caller, drift: float, waits: float, stuck: bool
) -> None:
    company.device(TRAILER).clock(drift=drift)
    company.approach(TRAILER)
    company.pass_time(waits)
    company.approach(TRAILER)
    assert company.device(TRAILER).state["stuck"] is stuck


# ---- batteries


@pytest.mark.rule("NO-R139")
def test_nothing_drains_unless_the_tester_asks_for_it(company: Caller) -> None:
    company.device(YARD).battery(millivolts=2900)
    for _ in range(20):
        company.unlock(YARD)
    company.pass_time(3650 * DAY)
    assert company.device(YARD).state["internal_battery"] == 2900
    assert company.device(ALICES_FOB).state["battery"] == 3000


@pytest.mark.rule("NO-R139")
def test_a_battery_lasts_a_year_at_ten_openings_a_day_and_two_unused() -> None:
    company = company_with(battery_drain=100)
    company.issue_click(YARD, "000")
    company.unlock(YARD)
    for mac in (YARD, UNIT_12):
        company.device(mac).battery(millivolts=3000)
    openings = 0
    while company.click(YARD, "000"):
        openings += 1
        company.pass_time(DAY / 10)
    assert 3550 <= openings * 100 <= 3750
    assert 2910 < company.device(UNIT_12).state["internal_battery"] < 2935  # half of its charge
    company.pass_time(3.6 * DAY)
    assert company.device(UNIT_12).state["internal_battery"] >= 2000
    company.pass_time(0.2 * DAY)
    assert company.device(UNIT_12).state["internal_battery"] < 2000


@pytest.mark.rule("NO-R139")
def test_each_wake_and_each_opening_take_from_the_battery() -> None:
    company = company_with(battery_drain=10_000)  # so that one action shows
    company.world.physics(battery_drain=1000)
    left = [company.body(YARD).battery.charge.left(company.world.core.now)]
    for act in (company.wake, company.approach):
        act(YARD)
        left.append(company.body(YARD).battery.charge.left(company.world.core.now))
    assert [before - after for before, after in pairwise(left)] == [40_000, 140_000]


@pytest.mark.rule("NO-R139")
@pytest.mark.rule("NO-R140")
def test_a_draining_lock_comes_to_the_lowest_level_dies_and_is_mended_by_a_new_battery() -> None:
    company = company_with(battery_drain=100)
    shown = []
    while company.wake(YARD) and company.unlock(YARD):
        shown.append(company.listed(YARD)["internal_battery"])
        assert len(shown) < 100, "the battery does not run down"
        company.pass_time(DAY / 4)
    assert shown == sorted(shown, reverse=True)
    assert shown[0] > 2950
    assert any(2000 <= millivolts < 2850 for millivolts in shown), "it never showed less than the lowest level"
    assert company.device(YARD).state["internal_battery"] < 2000
    assert company.wake(YARD) == ""
    company.device(YARD).battery(external=9000)
    assert company.unlock(YARD, "/unshackle/")
    company.device(YARD).shackle(to="out")
    company.device(YARD).battery(external=0, replaced=True)
    assert company.unlock(YARD)
    assert company.listed(YARD)["internal_battery"] >= 2990


@pytest.mark.rule("NO-R32")
@pytest.mark.rule("NO-R139")
def test_a_lock_engages_before_its_battery_dies_and_not_after() -> None:
    for seconds, unlocked in ((5, True), (11, False)):
        company = company_with(battery_drain=10_000)
        company.world.physics(battery_drain=1)
        company.unlock(YARD)
        body = company.body(YARD)
        body.battery.charge.millionths, body.battery.charge.at = 118, company.world.core.now
        body.battery.charge.per_day = DAY // seconds  # a millionth each so many seconds: flat after as many
        company.pass_time(3 * DAY)
        assert company.device(YARD).state["unlocked"] is unlocked
        company.world.physics(battery_drain=5)
        assert company.device(YARD).state["unlocked"] is unlocked
        company.device(YARD).battery(millivolts=1000)
        assert company.device(YARD).state["unlocked"] is unlocked


@pytest.mark.rule("NO-R139")
def test_a_fob_drains_by_squeezes_and_days_until_it_gets_a_new_battery() -> None:
    company = company_with(battery_drain=100)
    squeezed = company.device(ALICES_FOB)
    squeezed.squeeze()
    assert squeezed.state["battery"] < 3000
    company.pass_time(8 * DAY)
    assert squeezed.squeeze() == {"session": ""}
    squeezed.battery()
    assert squeezed.squeeze()["session"]


@pytest.mark.rule("NO-R139")
def test_the_tester_changes_how_fast_batteries_drain_and_clocks_drift() -> None:
    company = Caller()
    company.world.physics(clock_drift=60, battery_drain=100)
    company.pass_time(DAY)
    drained = company.device(YARD).state["internal_battery"]
    assert 2900 < drained < 2975
    assert company.device(YARD).state["clock_drift"] != 0
    company.world.physics(clock_drift=0, battery_drain=0)
    company.pass_time(365 * DAY)
    assert company.device(YARD).state["internal_battery"] == drained
    assert company.device(YARD).state["clock_drift"] == 0


# ---- random walks


class TestWalks:
    options: ClassVar = {"clock_drift": 3600.0, "battery_drain": 100.0}

    def test_a_walk_with_drift_and_drain_replays_to_the_same_bytes(self) -> None:
        recovery.check_replays(VENDOR, HINTS, examples=WALKS, **self.options)
