"""Each device goes by its own clock, which a contact sets."""

from __future__ import annotations

import pytest

from locksim.engine.errors import Refused, Unknown
from locksim.engine.physics import NO_PHYSICS
from locksim.engine.timestamps import SECOND, iso
from locksim.remotelock import schedules, seed
from locksim.remotelock.devices import ACTIONS
from tests.remotelock.keeper import Keeper

FRONT, STORE = seed.FRONT_DOOR, seed.STORE_ROOM
DAY = 86_400
DRIFT = 30
"""In seconds a day."""


@pytest.fixture
def drifting() -> Keeper:
    """A keeper in a world whose clocks drift."""
    return Keeper(clock_drift=DRIFT)


def error(keeper: Keeper, device: str) -> float:
    """Return how many seconds a device's clock is ahead, by its drift since the last contact."""
    seconds: float = keeper.physical(device).link.clock.error_at(keeper.now) / SECOND
    return seconds


def shown(keeper: Keeper, device: str) -> str:
    clock: str = keeper.device(device).state["clock"]
    return clock


def all_clocks(keeper: Keeper) -> dict[str, str]:
    return {d.id: d.state["clock"] for d in keeper.site.hardware.devices() if "clock" in d.state}


@pytest.mark.rule("RL-R560")
def test_every_lock_plug_and_thermostat_has_a_clock_which_is_right_without_drift(keeper: Keeper) -> None:
    clocks = all_clocks(keeper)
    kinds = {keeper.account.devices[key].type for key in clocks if key in keeper.account.devices}
    assert kinds == {kind for kind, actions in ACTIONS.items() if "clock" in actions}
    assert set(clocks.values()) == {iso(keeper.now)}


@pytest.mark.rule("RL-R560")
def test_a_lock_without_contact_drifts_and_a_contact_sets_its_clock(drifting: Keeper) -> None:
    front = drifting.device(FRONT)
    front.network(on=False)
    drifting.pass_time(20 * DAY)
    drift = drifting.physical(FRONT).link.clock.drift
    assert 0 < abs(drift) <= DRIFT * SECOND
    assert abs(error(drifting, FRONT)) == pytest.approx(abs(drift) * 20 / SECOND, abs=1)
    assert shown(drifting, FRONT) != iso(drifting.now)
    front.network(on=True)
    assert shown(drifting, FRONT) == iso(drifting.now)


@pytest.mark.rule("RL-R560")
def test_a_heartbeat_sets_the_clock_too(drifting: Keeper) -> None:
    drifting.device(FRONT).clock(offset=600)
    assert shown(drifting, FRONT) == iso(drifting.now + 600 * SECOND)
    drifting.pass_time(1200)
    assert shown(drifting, FRONT)[:19] in {iso(drifting.now + s * SECOND)[:19] for s in (-1, 0, 1)}


@pytest.mark.rule("RL-R561")
def test_a_guest_enters_by_the_locks_clock(keeper: Keeper) -> None:
    front = keeper.device(FRONT)
    keeper.admit(keeper.visitor("86420", "2026-01-05T12:00:00", "2026-01-05T14:00:00"), FRONT)
    front.heartbeat()
    front.network(on=False)
    keeper.pass_time(9 * 3600 - 300)  # 11:55 at the lock's location
    assert front.enter_pin(pin="86420")["reason"] == "not_yet"
    front.clock(offset=600)
    entered = front.enter_pin(pin="86420")
    assert entered["granted"]
    at = keeper.now
    front.network(on=True)
    event = keeper.read(f"/events/{entered['event_id']}")["attributes"]
    assert (event["occurred_at"], event["created_at"]) == (iso(at + 600 * SECOND), iso(at))
    assert front.enter_pin(pin="86420")["reason"] == "not_yet"


@pytest.mark.rule("RL-R561")
@pytest.mark.parametrize("offset", [-600, 0, 600])
def test_a_schedule_runs_by_the_locks_clock(keeper: Keeper, offset: int) -> None:
    store = keeper.device(STORE)
    store.heartbeat()
    store.network(on=False)
    store.clock(offset=offset)
    step = next_step(keeper)
    keeper.pass_time((step - keeper.now) / SECOND - offset - 1)
    before = store.state["bolt"]
    keeper.pass_time(2)
    assert store.state["bolt"] != before
    store.network(on=True)
    event = max(keeper.events("locked", "unlocked"), key=lambda one: str(one["attributes"]["created_at"]))
    assert event["attributes"]["occurred_at"] == iso(step)


def next_step(keeper: Keeper) -> int:
    """Return when the next step of the store room's schedule is due that moves its bolt, by a right clock."""
    physical = keeper.physical(STORE)
    at = schedules.next_step(physical.lock_action_week, physical.link.zone, keeper.now)
    assert at is not None
    return at


@pytest.mark.rule("RL-R561")
def test_a_step_is_run_once_when_a_contact_sets_the_clock_back(keeper: Keeper) -> None:
    store = keeper.device(STORE)
    store.heartbeat()
    store.network(on=False)
    store.clock(offset=600)
    step = next_step(keeper)
    keeper.pass_time((step - keeper.now) / SECOND - 300)
    store.network(on=True)
    keeper.pass_time(600)
    events = [one for one in keeper.events() if one["attributes"].get("method") == "schedule"]
    assert [one["attributes"]["occurred_at"] for one in events] == [iso(step)]


@pytest.mark.rule("RL-R561")
def test_with_drift_a_connected_lock_runs_each_step_within_its_drift(drifting: Keeper) -> None:
    drifting.world.core.strict = False
    drifting.pass_time(14 * DAY)
    events = [one["attributes"] for one in drifting.events() if one["attributes"].get("method") == "schedule"]
    assert len(events) > 10
    assert all(one["occurred_at"].endswith(":00Z") for one in events)


@pytest.mark.rule("RL-R562")
def test_without_power_the_clock_stands_still_and_no_event_is_made(keeper: Keeper) -> None:
    store = keeper.device(STORE)
    store.network(on=False)
    stopped = keeper.now
    store.battery(level=0)
    keeper.pass_time(5 * DAY)
    store.battery(level=100)
    assert store.state["clock"] == iso(stopped)
    store.network(on=True)
    assert store.state["clock"] == iso(keeper.now)
    assert keeper.events("locked", "unlocked") == []


@pytest.mark.rule("RL-R563")
def test_a_resort_lock_drifts_for_ever_and_a_flat_one_opens_for_nobody() -> None:
    keeper = Keeper(clock_drift=DRIFT, battery_drain=1)
    cabin = keeper.device(seed.CABIN)
    drift = keeper.physical(seed.CABIN).clock.drift
    began = keeper.now
    keeper.pass_time(30 * DAY)
    assert shown(keeper, seed.CABIN) == iso(keeper.now + drift * 30)
    cabin.clock(offset=0)
    assert shown(keeper, seed.CABIN) == iso(keeper.now)
    assert cabin.state["battery"] == 100 - 0.2 * (keeper.now - began) // (DAY * SECOND)
    cabin.battery(level=0)
    assert cabin.enter_pin(pin="1234")["reason"] == "no_power"
    assert not cabin.state["powered"]
    cabin.battery(level=100)
    assert cabin.enter_pin(pin="1234")["reason"] == "unknown_credential"


@pytest.mark.rule("RL-R560")
def test_the_physics_can_be_changed_and_no_clock_or_battery_jumps() -> None:
    keeper = Keeper(clock_drift=DRIFT, battery_drain=5)
    front = keeper.device(FRONT)
    front.network(on=False)
    keeper.pass_time(10 * DAY)
    before = (front.state["clock"], front.state["battery"])
    keeper.world.physics(clock_drift=0, battery_drain=0)
    assert (front.state["clock"], front.state["battery"]) == before
    kept = error(keeper, FRONT)
    keeper.pass_time(10 * DAY)
    assert (error(keeper, FRONT), front.state["battery"]) == (kept, before[1])
    assert keeper.world.core.physics == NO_PHYSICS


def test_a_clock_takes_no_offset_beyond_a_year_and_a_door_has_none(keeper: Keeper) -> None:
    front = keeper.device(FRONT)
    for wrong in ({"offset": 400 * DAY}, {"drift": 4000}):
        with pytest.raises(Refused, match="at most"):
            front.clock(**wrong)
    with pytest.raises(Unknown):
        keeper.device(seed.LOBBY).clock()
