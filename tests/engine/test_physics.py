"""Clocks drift and batteries drain by the world's settings, derived from now."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.physics import FULL, Battery, DeviceClock, Physics
from locksim.engine.timestamps import DAY, SECOND

TIMES = st.integers(0, 365_000 * DAY)


def test_by_default_a_clock_is_right_and_a_battery_stays_full_for_ever() -> None:
    physics, clock, battery = Physics(), DeviceClock(share=FULL), Battery()
    later = 365_000 * DAY
    assert clock.now(later, physics.drifted(later)) == later
    assert battery.level(physics.drained(later), DAY) == FULL


def test_a_clock_with_the_whole_share_drifts_by_the_setting_each_day() -> None:
    physics, clock = Physics(), DeviceClock(share=FULL)
    physics.change(0, drift=2.5)
    assert clock.error(physics.drifted(4 * DAY)) == 10 * SECOND
    assert DeviceClock(share=-FULL // 2).error(physics.drifted(4 * DAY)) == -5 * SECOND


def test_a_clock_that_is_set_is_right_again_and_drifts_on() -> None:
    physics, clock = Physics(), DeviceClock(share=FULL)
    physics.change(0, drift=2)
    clock.set(physics.drifted(3 * DAY))
    assert clock.error(physics.drifted(3 * DAY)) == 0
    assert clock.error(physics.drifted(4 * DAY)) == 2 * SECOND


@given(drift=st.floats(-1000, 1000), before=TIMES, after=TIMES)
def test_changing_a_setting_moves_no_clock_at_that_moment(drift: float, before: int, after: int) -> None:
    physics, clock = Physics(), DeviceClock(share=FULL // 3)
    physics.change(0, drift=7.25)
    shown = clock.error(physics.drifted(before))
    physics.change(before, drift=drift)
    assert clock.error(physics.drifted(before)) == shown
    physics.change(before + after, drift=0)
    stopped = clock.error(physics.drifted(before + after))
    assert clock.error(physics.drifted(before + 2 * after)) == stopped


@given(drain=st.floats(0, 1000), at=TIMES, cost=st.integers(0, 10 * DAY), later=TIMES)
def test_a_battery_only_loses_charge_until_it_is_replaced(drain: float, at: int, cost: int, later: int) -> None:
    physics, battery, life = Physics(), Battery(), 365 * DAY
    physics.change(0, drain=drain)
    first = battery.level(physics.drained(at), life)
    battery.use(cost)
    assert 0 <= battery.level(physics.drained(at), life) <= first <= FULL
    assert battery.level(physics.drained(at + later), life) <= battery.level(physics.drained(at), life)
    battery.set(physics.drained(at + later), life)
    assert battery.level(physics.drained(at + later), life) == FULL


def test_a_battery_is_empty_after_its_life_and_sooner_when_it_works() -> None:
    physics, idle, busy = Physics(), Battery(), Battery()
    physics.change(0, drain=1)
    for _ in range(100):
        busy.use(DAY)
    assert idle.level(physics.drained(364 * DAY), 365 * DAY) > 0
    assert idle.level(physics.drained(365 * DAY), 365 * DAY) == 0
    assert busy.level(physics.drained(265 * DAY), 365 * DAY) == 0
