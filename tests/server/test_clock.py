"""How a served world's time passes: when it is advanced, when nobody else calls, or as real time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from locksim.engine.inputs import Command, Tick
from locksim.engine.timestamps import SECOND, iso, parse_iso
from locksim.engine.world import WorldCore
from locksim.server.served_world import ServedWorld
from locksim.server.wall_clock import WallClock
from tests.engine.toy import TOY
from tests.server.served import Background, ServedToy, serve_toy

START = parse_iso("2026-01-05T08:00:00Z")


class FakeWallClock(WallClock):
    """A real clock that the test sets."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> int:
        return self.time


def run_world(mode: str, check: Callable[[ServedWorld, FakeWallClock], Coroutine[Any, Any, None]]) -> None:
    """Run a check on a loop, with a world of this mode."""

    async def run() -> None:
        wall = FakeWallClock()
        world = ServedWorld(WorldCore.begin({"toy": TOY}, start=START, clock=mode), wall, began_at_present=True)
        try:
            await check(world, wall)
        finally:
            world.close()

    asyncio.run(run())


def seconds(world: ServedWorld) -> float:
    """Return how many seconds have passed since the world began."""
    return (world.now - START) / SECOND


@pytest.mark.parametrize(("mode", "rate"), [("manual", 0), ("auto", 0), ("real", 1), ("x60", 60), ("x3600", 3600)])
def test_real_time_passes_at_the_rate_of_the_mode(mode: str, rate: int) -> None:
    async def check(world: ServedWorld, wall: FakeWallClock) -> None:
        wall.time += 2 * SECOND
        assert seconds(world) == 2 * rate

    run_world(mode, check)


def test_a_change_of_mode_leaves_now_where_it_is() -> None:
    async def check(world: ServedWorld, wall: FakeWallClock) -> None:
        passed = []
        for mode in ("x60", "manual", "real", "x2", "auto"):
            before = world.now
            world.control("clock", mode=mode)
            assert world.now == before
            wall.time += SECOND
            passed.append((world.now - before) // SECOND)
        assert passed == [60, 0, 1, 2, 0]

    run_world("real", check)


def test_a_scheduled_change_of_mode_counts_from_its_own_time() -> None:
    async def check(world: ServedWorld, wall: FakeWallClock) -> None:
        world.control("plan", after=10, control={"op": "clock", "args": {"mode": "manual"}})
        wall.time += 15 * SECOND
        world.apply(Tick(world.now))
        at = seconds(world)
        wall.time += 100 * SECOND
        assert seconds(world) == at

    run_world("real", check)


def test_an_advance_shifts_a_running_clock() -> None:
    async def check(world: ServedWorld, wall: FakeWallClock) -> None:
        await world.advance(by=100 * SECOND)
        assert seconds(world) == 100
        wall.time += SECOND
        assert seconds(world) == 101

    run_world("real", check)


def test_a_reset_takes_a_real_world_to_the_present() -> None:
    async def check(world: ServedWorld, wall: FakeWallClock) -> None:
        wall.time += 50 * SECOND
        await world.advance(by=1000 * SECOND)
        world.control("reset")
        assert world.now == wall.now()

    run_world("real", check)


def test_a_reset_takes_a_scaled_world_to_its_start() -> None:
    async def check(world: ServedWorld, wall: FakeWallClock) -> None:
        wall.time += 50 * SECOND
        world.control("reset")
        assert seconds(world) == 0
        wall.time += SECOND
        assert seconds(world) == 60

    run_world("x60", check)


def test_a_restored_snapshot_continues_from_its_own_time() -> None:
    async def check(world: ServedWorld, wall: FakeWallClock) -> None:
        wall.time += 5 * SECOND
        world.apply(Command(world.now, "snapshot", {"name": "a"}))
        wall.time += 100 * SECOND
        world.control("restore", name="a")
        assert seconds(world) == 5
        wall.time += SECOND
        assert seconds(world) == 6

    run_world("real", check)


def test_advances_asked_for_at_the_same_time_add_up() -> None:
    async def check(world: ServedWorld, wall: FakeWallClock) -> None:
        await asyncio.gather(*(world.advance(by=10 * SECOND) for _ in range(5)))
        assert seconds(world) == 50

    run_world("manual", check)


# ---- through the control API


def test_manual_time_stands_until_it_is_advanced(toy: ServedToy) -> None:
    waiting = Background(lambda: toy.get("/wait?seconds=30").json())
    toy.wait_for_pending(1)
    assert toy.sim("POST", "/clock/advance", {"seconds": 29.999999})["now"] == "2026-01-05T08:00:29.999999Z"
    assert toy.sim("GET", "")["waiting"] == 1
    toy.sim("POST", "/clock/advance", {"until": "2026-01-05T08:00:30Z"})
    assert waiting.result() == {"rang": False}


def test_auto_moves_on_when_a_request_is_pending_and_no_call_comes() -> None:
    with serve_toy(clock="auto") as toy:
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:00Z"
        assert toy.get("/wait?seconds=7200").json() == {"rang": False}
        assert toy.sim("GET", "/clock") == {"mode": "auto", "now": "2026-01-05T10:00:00Z", "rate": 0, "moment": 0.05}


def test_an_auto_world_waits_for_further_calls_as_long_as_it_is_set_to() -> None:
    """Within a minute the test does not end: the world stands until the delay is shortened."""
    with serve_toy(clock="auto") as toy:
        toy.sim("PUT", "/clock", {"moment": 60})
        waiting = Background(lambda: toy.get("/wait?seconds=30").json())
        toy.wait_for_pending(1)
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:00Z"
        toy.sim("PUT", "/clock", {"moment": 0.001})
        assert waiting.result() == {"rang": False}
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:30Z"


def test_only_an_auto_world_has_a_moment() -> None:
    with serve_toy(clock="manual") as toy:
        assert "choose mode auto" in str(toy.sim("PUT", "/clock", {"moment": 1}, status=409))


def test_auto_takes_scheduled_actions_in_their_order() -> None:
    with serve_toy(clock="auto") as toy:
        toy.act("ring", after=29.9)
        assert toy.get("/wait?seconds=30").json() == {"rang": True}
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:29.900000Z"


def test_real_time_begins_at_the_present_and_answers_pending_requests() -> None:
    with serve_toy() as toy:
        before = toy.sim("GET", "/clock")
        assert before["mode"] == "real"
        assert toy.get("/wait?seconds=0.05").json() == {"rang": False}
        assert toy.sim("GET", "/clock")["now"] > before["now"]
        begun = parse_iso(toy.sim("GET", "")["start"])
        assert abs(WallClock().now() - begun) < 600 * SECOND


def test_scaled_time_passes_faster() -> None:
    with serve_toy(clock="x3600") as toy:
        assert toy.get("/wait?seconds=100").json() == {"rang": False}


def test_a_mode_can_be_set_by_name_or_by_rate(toy: ServedToy) -> None:
    assert toy.sim("PUT", "/clock", {"mode": "x60"})["rate"] == 60
    assert toy.sim("PUT", "/clock", {"rate": 1})["mode"] == "real"
    assert toy.sim("PUT", "/clock", {"mode": "real", "rate": 5})["mode"] == "x5"
    assert toy.sim("PUT", "/clock", {"mode": "manual", "rate": 0})["mode"] == "manual"
    stood = toy.sim("GET", "/clock")
    assert toy.sim("PUT", "/clock", stood) == stood, "what is read can be written"
    for wrong in ({"mode": "manual", "rate": 2}, {"mode": "x3", "rate": 2}, {"rate": 0}):
        toy.sim("PUT", "/clock", wrong, status=409)
    assert toy.sim("GET", "/clock") == stood


def test_now_can_be_set_forward_only(toy: ServedToy) -> None:
    waiting = Background(lambda: toy.get("/wait?seconds=30").json())
    toy.wait_for_pending(1)
    moved = toy.sim("PUT", "/clock", {"mode": "auto", "now": "2026-02-01T00:00:00Z"})
    assert moved == {"mode": "auto", "now": "2026-02-01T00:00:00Z", "rate": 0, "moment": 0.05}
    assert waiting.result() == {"rang": False}
    refused = toy.sim("PUT", "/clock", {"mode": "manual", "now": "2026-01-31T00:00:00Z"}, status=409)
    assert "past" in refused["error"]
    assert toy.sim("GET", "/clock") == moved, "a refusal changes nothing, the mode neither"


@pytest.mark.parametrize(("body", "status"), [
    ({}, 400), ({"seconds": 1, "until": "2027-01-01T00:00:00Z"}, 400), ({"seconds": -1}, 400), ({"seconds": "1"}, 400),
    ({"until": "tomorrow"}, 400), ({"until": "2027-01-01T00:00:00"}, 400), ({"seconds": 1e10}, 400),
    ({"until": "2026-01-05T07:59:59Z"}, 409), ({"until": "9999-01-01T00:00:00Z"}, 409), ({"hours": 1}, 400),
])  # fmt: skip
def test_an_invalid_advance_is_refused(toy: ServedToy, body: dict[str, object], status: int) -> None:
    assert toy.sim("POST", "/clock/advance", body, status=status)["error"]
    assert toy.sim("GET", "/clock")["now"] == iso(START)


def test_an_advance_to_the_present_changes_nothing(toy: ServedToy) -> None:
    assert toy.sim("POST", "/clock/advance", {"until": iso(START)})["now"] == iso(START)
    assert toy.sim("POST", "/clock/advance", {"seconds": 0})["now"] == iso(START)


def test_the_number_of_events_in_one_advance_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locksim.server.served_world.MAX_STEPS", 3)
    with serve_toy(clock="manual") as toy:
        for after in range(1, 6):
            toy.act("ring", after=after)
        refused = toy.sim("POST", "/clock/advance", {"seconds": 60}, status=409)
        assert "advance again" in refused["error"]
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:03Z"
        assert toy.sim("POST", "/clock/advance", {"seconds": 2})["now"] == "2026-01-05T08:00:05Z"
