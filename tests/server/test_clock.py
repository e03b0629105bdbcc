"""How a served world's time passes: when told, when nobody else comes, or as it does."""

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
from tests.server.door import Background, Stand, stand

START = parse_iso("2026-01-05T08:00:00Z")


class Sundial(WallClock):
    """A real clock that stands where it is put."""

    def __init__(self) -> None:
        self.shows = START

    def now(self) -> int:
        return self.shows


def living(mode: str, then: Callable[[ServedWorld, Sundial], Coroutine[Any, Any, None]]) -> None:
    """Run this on a loop with a world of that mode."""

    async def run() -> None:
        dial = Sundial()
        live = ServedWorld(WorldCore.begin({"toy": TOY}, start=START, clock=mode), dial, present=True)
        try:
            await then(live, dial)
        finally:
            live.close()

    asyncio.run(run())


def seconds(live: ServedWorld) -> float:
    """How far this world is from where it began."""
    return (live.now - START) / SECOND


@pytest.mark.parametrize(("mode", "rate"), [("manual", 0), ("auto", 0), ("real", 1), ("x60", 60), ("x3600", 3600)])
def test_real_time_passes_at_the_rate_of_the_mode(mode: str, rate: int) -> None:
    async def then(live: ServedWorld, dial: Sundial) -> None:
        dial.shows += 2 * SECOND
        assert seconds(live) == 2 * rate

    living(mode, then)


def test_a_change_of_mode_leaves_now_where_it_is() -> None:
    async def then(live: ServedWorld, dial: Sundial) -> None:
        passed = []
        for mode in ("x60", "manual", "real", "x2", "auto"):
            before = live.now
            live.control("clock", mode=mode)
            assert live.now == before
            dial.shows += SECOND
            passed.append((live.now - before) // SECOND)
        assert passed == [60, 0, 1, 2, 0]

    living("real", then)


def test_a_planned_change_of_mode_counts_from_its_own_time() -> None:
    async def then(live: ServedWorld, dial: Sundial) -> None:
        live.control("plan", after=10, control={"op": "clock", "args": {"mode": "manual"}})
        dial.shows += 15 * SECOND
        live.apply(Tick(live.now))
        at = seconds(live)
        dial.shows += 100 * SECOND
        assert seconds(live) == at

    living("real", then)


def test_an_advance_shifts_a_clock_that_runs() -> None:
    async def then(live: ServedWorld, dial: Sundial) -> None:
        await live.advance(by=100 * SECOND)
        assert seconds(live) == 100
        dial.shows += SECOND
        assert seconds(live) == 101

    living("real", then)


def test_a_world_at_the_present_comes_back_to_the_present() -> None:
    async def then(live: ServedWorld, dial: Sundial) -> None:
        dial.shows += 50 * SECOND
        await live.advance(by=1000 * SECOND)
        live.control("reset")
        assert live.now == dial.now()

    living("real", then)


def test_a_scaled_world_begins_again_where_it_began() -> None:
    async def then(live: ServedWorld, dial: Sundial) -> None:
        dial.shows += 50 * SECOND
        live.control("reset")
        assert seconds(live) == 0
        dial.shows += SECOND
        assert seconds(live) == 60

    living("x60", then)


def test_a_snapshot_takes_its_time_with_it_and_time_goes_on_from_there() -> None:
    async def then(live: ServedWorld, dial: Sundial) -> None:
        dial.shows += 5 * SECOND
        live.apply(Command(live.now, "snapshot", {"name": "a"}))
        dial.shows += 100 * SECOND
        live.control("restore", name="a")
        assert seconds(live) == 5
        dial.shows += SECOND
        assert seconds(live) == 6

    living("real", then)


def test_advances_asked_for_at_the_same_time_add_up() -> None:
    async def then(live: ServedWorld, dial: Sundial) -> None:
        await asyncio.gather(*(live.advance(by=10 * SECOND) for _ in range(5)))
        assert seconds(live) == 50

    living("manual", then)


# ---- through the control door


def test_manual_time_stands_until_it_is_told(toy: Stand) -> None:
    waiting = Background(lambda: toy.get("/wait?seconds=30").json())
    toy.waiting(1)
    assert toy.sim("POST", "/clock/advance", {"seconds": 29.999999})["now"] == "2026-01-05T08:00:29.999999Z"
    assert toy.sim("GET", "")["waiting"] == 1
    toy.sim("POST", "/clock/advance", {"until": "2026-01-05T08:00:30Z"})
    assert waiting.result() == {"rang": False}


def test_auto_moves_on_when_a_caller_waits_and_nothing_else_comes() -> None:
    with stand(clock="auto") as toy:
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:00Z"
        assert toy.get("/wait?seconds=7200").json() == {"rang": False}
        assert toy.sim("GET", "/clock") == {"mode": "auto", "now": "2026-01-05T10:00:00Z", "rate": 0}


def test_an_auto_world_gives_callers_the_moment_that_it_is_told() -> None:
    """In a minute nobody loses patience: the world stands until it is told less."""
    with stand(clock="auto") as toy:
        toy.sim("PUT", "/clock", {"moment": 60})
        waiting = Background(lambda: toy.get("/wait?seconds=30").json())
        toy.waiting(1)
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:00Z"
        toy.sim("PUT", "/clock", {"moment": 0.001})
        assert waiting.result() == {"rang": False}
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:30Z"


def test_a_moment_is_for_auto_alone() -> None:
    with stand(clock="manual") as toy:
        assert "choose mode auto" in str(toy.sim("PUT", "/clock", {"moment": 1}, status=409))


def test_auto_takes_planned_acts_in_their_order() -> None:
    with stand(clock="auto") as toy:
        toy.act("ring", after=29.9)
        assert toy.get("/wait?seconds=30").json() == {"rang": True}
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:29.900000Z"


def test_real_time_begins_at_the_present_and_answers_who_waits() -> None:
    with stand() as toy:
        before = toy.sim("GET", "/clock")
        assert before["mode"] == "real"
        assert toy.get("/wait?seconds=0.05").json() == {"rang": False}
        assert toy.sim("GET", "/clock")["now"] > before["now"]
        begun = parse_iso(toy.sim("GET", "")["start"])
        assert abs(WallClock().now() - begun) < 600 * SECOND


def test_scaled_time_is_quicker_than_its_reader() -> None:
    with stand(clock="x3600") as toy:
        assert toy.get("/wait?seconds=100").json() == {"rang": False}


def test_a_mode_can_be_set_by_name_or_by_rate(toy: Stand) -> None:
    assert toy.sim("PUT", "/clock", {"mode": "x60"})["rate"] == 60
    assert toy.sim("PUT", "/clock", {"rate": 1})["mode"] == "real"
    assert toy.sim("PUT", "/clock", {"mode": "real", "rate": 5})["mode"] == "x5"
    assert toy.sim("PUT", "/clock", {"mode": "manual", "rate": 0})["mode"] == "manual"
    stood = toy.sim("GET", "/clock")
    assert toy.sim("PUT", "/clock", stood) == stood, "what is read can be written"
    for wrong in ({"mode": "manual", "rate": 2}, {"mode": "x3", "rate": 2}, {"rate": 0}):
        toy.sim("PUT", "/clock", wrong, status=409)
    assert toy.sim("GET", "/clock") == stood


def test_now_can_be_set_forward_only(toy: Stand) -> None:
    waiting = Background(lambda: toy.get("/wait?seconds=30").json())
    toy.waiting(1)
    moved = toy.sim("PUT", "/clock", {"mode": "auto", "now": "2026-02-01T00:00:00Z"})
    assert moved == {"mode": "auto", "now": "2026-02-01T00:00:00Z", "rate": 0}
    assert waiting.result() == {"rang": False}
    refused = toy.sim("PUT", "/clock", {"mode": "manual", "now": "2026-01-31T00:00:00Z"}, status=409)
    assert "past" in refused["error"]
    assert toy.sim("GET", "/clock") == moved, "a refusal changes nothing, the mode neither"


@pytest.mark.parametrize(("body", "status"), [
    ({}, 400), ({"seconds": 1, "until": "2027-01-01T00:00:00Z"}, 400), ({"seconds": -1}, 400), ({"seconds": "1"}, 400),
    ({"until": "tomorrow"}, 400), ({"until": "2027-01-01T00:00:00"}, 400), ({"seconds": 1e10}, 400),
    ({"until": "2026-01-05T07:59:59Z"}, 409), ({"until": "9999-01-01T00:00:00Z"}, 409), ({"hours": 1}, 400),
])  # fmt: skip
def test_an_advance_that_cannot_be_is_refused_in_a_sentence(toy: Stand, body: dict[str, object], status: int) -> None:
    assert toy.sim("POST", "/clock/advance", body, status=status)["error"]
    assert toy.sim("GET", "/clock")["now"] == iso(START)


def test_an_advance_to_this_moment_is_none(toy: Stand) -> None:
    assert toy.sim("POST", "/clock/advance", {"until": iso(START)})["now"] == iso(START)
    assert toy.sim("POST", "/clock/advance", {"seconds": 0})["now"] == iso(START)


def test_one_advance_holds_only_so_many_instants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locksim.server.served_world.MAX_STEPS", 3)
    with stand(clock="manual") as toy:
        for after in range(1, 6):
            toy.act("ring", after=after)
        refused = toy.sim("POST", "/clock/advance", {"seconds": 60}, status=409)
        assert "advance again" in refused["error"]
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:03Z"
        assert toy.sim("POST", "/clock/advance", {"seconds": 2})["now"] == "2026-01-05T08:00:05Z"
