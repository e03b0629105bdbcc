"""No turn does work that grows with the time passed, however far the clock jumps. Work is counted, never timed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from locksim.engine.inputs import Tick
from locksim.engine.journal import Entry
from locksim.engine.timestamps import DAY, MINUTE, parse_iso
from locksim.engine.world import WorldCore
from locksim.remotelock import VENDOR, schedules, seed
from locksim.remotelock.entities import Lock
from locksim.remotelock.hardware.lock import EVENTS_KEPT
from tests.remotelock.keeper import Keeper

YEAR = 366 * DAY
PERIODS = (10, 100, 1000)
STEPS_OF_A_TURN = 20_000
"""What the weekly schedules of the default world may need: a lock's memory of events, with one step a week."""


class Work:
    """Counts the turns of a world, and the schedule steps that each of them computes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns = self.most_steps = self.steps = 0
        original = schedules._step_time

        def counted(*args: Any) -> int:
            self.steps += 1
            return original(*args)

        monkeypatch.setattr(schedules, "_step_time", counted)

    def on_entry(self, entry: Entry) -> None:
        assert entry.failed is None, entry.failed
        self.turns += 1
        self.most_steps, self.steps = max(self.most_steps, self.steps), 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    return Work(monkeypatch)


@pytest.mark.parametrize("years", PERIODS)
def test_a_clock_that_jumps_years_takes_few_turns_and_few_events(work: Work, years: int) -> None:
    world = WorldCore.begin({"remotelock": VENDOR}, seed=7, start=parse_iso("2026-01-05T08:00:00Z"))
    world.on_entry = work.on_entry
    world.apply(Tick(world.now + years * YEAR))
    account = world.state("remotelock").accounts[seed.HARBOUR_STAYS]
    assert work.most_steps <= STEPS_OF_A_TURN
    assert work.turns <= 5_000
    assert len(account.events) <= 5_000


@pytest.mark.parametrize("years", PERIODS)
def test_a_driver_says_how_far_it_advances(keeper: Keeper, work: Work, years: int) -> None:
    keeper.world.core.strict = False
    keeper.world.core.on_entry = work.on_entry
    keeper.site.clock.advance(years * YEAR // 1_000_000)
    assert work.turns <= 5_000


@pytest.mark.parametrize("years", PERIODS)
def test_an_old_state_in_a_new_world_catches_up_in_bounded_turns(work: Work, years: int) -> None:
    began = parse_iso("2026-01-05T08:00:00Z")
    first = WorldCore.begin({"remotelock": VENDOR}, seed=7, start=began)
    state = msgspec.to_builtins(first.state("remotelock"))
    later = WorldCore.begin({"remotelock": VENDOR}, seed=7, start=began + years * YEAR, state={"remotelock": state})
    later.strict = True
    later.on_entry = work.on_entry
    later.apply(Tick(later.now + MINUTE))
    account = later.state("remotelock").accounts[seed.HARBOUR_STAYS]
    assert 0 < work.most_steps <= STEPS_OF_A_TURN
    assert len(account.events) <= 5_000


@pytest.mark.rule("RL-R250")
def test_a_lock_that_is_offline_for_ten_years_keeps_the_latest_events(keeper: Keeper) -> None:
    keeper.world.core.strict = False
    store = keeper.device(seed.STORE_ROOM)
    store.battery(source="hardwire")
    store.network(on=False)
    keeper.pass_time(10 * 366 * 86_400)
    lock = keeper.account.devices[seed.STORE_ROOM]
    assert isinstance(lock, Lock)
    kept = lock.physical.unreported_events
    times = [event.occurred_at for event in kept]
    assert len(kept) == EVENTS_KEPT
    assert times == sorted(set(times)), "every step has its own time"
    assert keeper.now - times[-1] <= 8 * DAY
    assert lock.physical.bolt == kept[-1].type
    store.network(on=True)
    types = Counter(event.type for event in keeper.account.events.values() if event.publisher_id == seed.STORE_ROOM)
    assert types["locked"] + types["unlocked"] >= EVENTS_KEPT


@pytest.mark.rule("RL-R251")
def test_after_a_jump_of_years_the_last_step_decides(keeper: Keeper) -> None:
    """A plug and a lock are as their schedules say, as after a walk of small steps."""
    keeper.world.core.strict = False
    keeper.device(seed.STORE_ROOM).battery(source="hardwire")
    keeper.pass_time(12 * 366 * 86_400)
    lock, plug = (keeper.account.devices[key] for key in (seed.STORE_ROOM, seed.PLUG))
    for device, week, said in (
        (lock, lock.physical.lock_action_week, {"lock": "locked", "unlock": "unlocked"}),  # type: ignore[union-attr]
        (plug, plug.physical.week, {"on": True, "off": False}),  # type: ignore[union-attr]
    ):
        step = schedules.last_step(week, keeper.account.zone_of(device), keeper.now)
        assert step is not None
        shown = device.physical.bolt if isinstance(device, Lock) else device.physical.on  # type: ignore[union-attr]
        assert shown == said[step["action"]]


def test_a_scheduled_command_on_the_way_finds_a_device_that_has_kept_up(keeper: Keeper) -> None:
    """A jump skips routine work only up to the next thing that the tester has scheduled."""
    keeper.world.core.strict = False
    plug = {"vendor": "remotelock", "device": seed.PLUG, "action": "press", "args": {}}
    keeper.world.control("plan", after=400 * 86_400 * 3, act=plug)
    keeper.pass_time(400 * 86_400 * 6)
    plugged = keeper.account.devices[seed.PLUG]
    at = {event.occurred_at for event in keeper.account.events.values() if event.publisher_id == plugged.id}
    middle = parse_iso("2026-01-05T08:00:00Z") + 400 * DAY * 3
    assert any(middle - 32 * DAY < one < middle for one in at)
