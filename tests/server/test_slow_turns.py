"""A turn that takes long is named in the log; what fell due while a world was down does not hold everybody up."""

from __future__ import annotations

import asyncio
import logging

import pytest

from locksim.engine.inputs import Command, DeviceAction, Request
from locksim.engine.timestamps import SECOND, parse_iso
from locksim.engine.world import WorldCore
from locksim.server import served_world
from locksim.server.served_world import ServedWorld
from locksim.server.wall_clock import WallClock
from tests.engine.toy import BELL, TOY
from tests.server.served import ServedToy

START = parse_iso("2026-01-05T08:00:00Z")


def test_a_slow_turn_is_named_without_what_may_be_secret(
    toy: ServedToy, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    toy.get("/count")
    assert not caplog.records
    monkeypatch.setattr(served_world, "SLOW_TURN", -1.0)
    toy.get("/echo/hidden?token=hidden")
    toy.act("ring", times=7)
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "world default, entry 2: toy GET /echo/… took 0." in text
    assert "toy: ring on front" in text
    assert "hidden" not in text
    assert "7" not in text.replace("0.", "")


@pytest.mark.parametrize("advance", [False, True])
def test_a_world_catches_up_in_rounds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, *, advance: bool
) -> None:
    """A request meanwhile is answered, at the time that the world has reached. An advance waits for the present."""
    count = 200
    core = WorldCore.begin({"toy": TOY}, start=START, clock="x60")
    for n in range(count):
        ring = {"vendor": "toy", "device": BELL, "action": "ring", "args": {}}
        core.apply(Command(START, "plan", {"after": n + 1, "act": ring}))
    monkeypatch.setattr(served_world, "CATCH_UP_ROUND", 0.0)
    present = START + count * 1000 * SECOND

    async def run() -> None:
        world = ServedWorld(core, WallClock(), at=present)
        for _ in range(20):
            await asyncio.sleep(0)
        assert 0 < core.state("toy").rings < count
        asked = world.apply(Request(world.now, "toy", "api", "GET", "/count", (("Host", "x"),), b""))
        assert asked.at < present
        if advance:
            await world.advance(by=SECOND)
        while core.state("toy").rings < count:  # noqa: ASYNC110 - the world has no event for it
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        assert world.now >= present
        world.close()

    with caplog.at_level(logging.WARNING, "locksim"):
        asyncio.run(run())
    acts = [entry for entry in core.journal if isinstance(entry.input, DeviceAction)]
    assert [entry.at for entry in acts] == [START + (n + 1) * SECOND for n in range(count)]
    assert sum("catches up from 2026-01-05T08:00" in record.getMessage() for record in caplog.records) == 1
