"""Clocks that drift and batteries that drain."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim import World
from locksim.engine.errors import Refused, WrongArguments
from locksim.engine.export import begin, header_of
from locksim.engine.physics import FULL, Charge, DeviceClock
from locksim.engine.timestamps import DAY, HOUR, MINUTE, SECOND
from locksim.engine.turn import Turn
from locksim.engine.world import WorldCore
from tests.engine.toy import TOY

BEGIN = 1_767_600_000 * SECOND
drifts = st.integers(-HOUR, HOUR)
errors = st.integers(-DAY, DAY)
waits = st.integers(0, 3650 * DAY)


def test_a_clock_that_gains_three_seconds_a_day_is_a_minute_and_a_half_ahead_after_thirty_days() -> None:
    clock = DeviceClock(since=BEGIN, drift=3 * SECOND)
    assert clock.shows(BEGIN + 30 * DAY) == BEGIN + 30 * DAY + 90 * SECOND
    clock.set(BEGIN + 30 * DAY)
    assert clock.shows(BEGIN + 31 * DAY) == BEGIN + 31 * DAY + 3 * SECOND


def test_a_clock_without_error_and_drift_shows_the_true_time() -> None:
    assert DeviceClock().shows(BEGIN) == BEGIN


@given(errors, drifts, waits)
def test_true_time_is_the_first_time_at_which_the_clock_shows_a_time(error: int, drift: int, wait: int) -> None:
    clock = DeviceClock(error, BEGIN, drift)
    shown = BEGIN + wait
    at = clock.true_time(shown)
    assert clock.shows(at) >= shown
    assert clock.shows(at - 1) < shown


@given(st.integers(0, FULL), st.integers(1, FULL), st.integers(0, FULL))
def test_a_battery_falls_to_a_level_at_the_first_time_when_it_has_that_level(
    start: int, per_day: int, level: int
) -> None:
    charge = Charge(start, BEGIN, per_day)
    at = charge.falls_to(level)
    assert at is not None
    assert charge.left(at) <= level
    assert at == BEGIN or charge.left(at - 1) > level


def test_a_battery_that_nothing_drains_falls_to_no_level_below_its_own() -> None:
    assert Charge(at=BEGIN).falls_to(FULL - 1) is None
    assert Charge(at=BEGIN).falls_to(FULL) == BEGIN


def test_a_use_takes_its_share_and_no_more_than_is_left() -> None:
    charge = Charge(at=BEGIN, per_day=100_000)
    charge.use(BEGIN + DAY, 300_000)
    assert charge.left(BEGIN + DAY) == 600_000
    charge.use(BEGIN + DAY, 700_000)
    assert charge.left(BEGIN + DAY) == 0


def test_a_new_rate_counts_from_now_on() -> None:
    charge = Charge(at=BEGIN, per_day=100_000)
    charge.set_rate(BEGIN + DAY, 0)
    assert charge.left(BEGIN + 9 * DAY) == 900_000


def test_by_default_no_clock_drifts_and_no_battery_drains() -> None:
    turn = World([TOY]).core.begin_turn("toy")
    assert turn.drift_of("a lock") == 0
    assert turn.drained(1000) == 0


def test_each_device_has_its_own_drift_from_the_seed_within_the_limit() -> None:
    def found(seed: int) -> list[int]:
        turn = World([TOY], seed=seed, clock_drift=3).core.begin_turn("toy")
        return [turn.drift_of(f"lock {n}") for n in range(100)]

    assert found(1) == found(1)
    assert found(1) != found(2)
    assert min(found(1)) < 0 < max(found(1))
    assert max(abs(one) for one in found(1)) <= 3 * SECOND


def test_batteries_drain_as_many_times_as_fast_as_asked_for() -> None:
    assert World([TOY], battery_drain=2.5).core.begin_turn("toy").drained(1000) == 2500


@pytest.mark.parametrize(
    ("name", "value"), [("clock_drift", -1), ("clock_drift", 3601), ("battery_drain", -0.1), ("battery_drain", 10_001)]
)
def test_a_value_out_of_its_range_is_refused(name: str, value: float) -> None:
    options: dict[str, Any] = {name: value}
    with pytest.raises(WrongArguments, match=f"{name} must be from 0 to "):
        World([TOY], **options)
    with pytest.raises(Refused, match=name):
        World([TOY]).physics(**options)


def test_a_change_reaches_the_vendor_once_and_leaves_what_it_does_not_name(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int, int]] = []

    def note(turn: Turn, state: Any) -> None:
        seen.append((turn.vendor, turn.physics.clock_drift, turn.physics.battery_drain))

    monkeypatch.setitem(TOY.__dict__, "on_physics", note)
    world = World([TOY], clock_drift=3)
    assert world.physics(battery_drain=2) == {"clock_drift": 3.0, "battery_drain": 2.0}
    assert seen == [("toy", 3 * SECOND, 2_000_000)]


def test_a_reset_brings_back_the_physics_of_the_beginning() -> None:
    world = World([TOY], clock_drift=3)
    world.physics(clock_drift=0)
    world.reset()
    assert world.core.physics.clock_drift == 3 * SECOND


def test_a_journal_s_header_begins_the_same_world() -> None:
    world = World([TOY], clock_drift=0.25, battery_drain=1.5)
    header = header_of(world.core)
    assert (header.clock_drift, header.battery_drain, header.base) == (0.25, 1.5, None)
    assert begin(world.core.vendors, header).checkpoint() == world.core.checkpoint()


def test_a_checkpoint_keeps_the_physics() -> None:
    world = World([TOY], clock_drift=3, battery_drain=1)
    world.clock.advance(MINUTE // SECOND)
    copy = WorldCore.load(world.core.vendors, world.core.checkpoint())
    assert copy.physics == world.core.physics
