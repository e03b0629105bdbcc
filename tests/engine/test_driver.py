"""The driver in process: virtual time, threads, tasks."""

from __future__ import annotations

import asyncio
import dataclasses
import threading

import pytest
from flask import Flask, Response

from locksim.engine.errors import Refused
from locksim.engine.inputs import Answer
from locksim.engine.wsgi import this_turn
from locksim.inprocess.world import NobodyAnswers, ReadTimeout, World
from tests.engine.toy import BELL, TOY


def test_a_caller_who_waits_alone_moves_time_to_what_is_due_next(world: World) -> None:
    before = world.clock.now
    assert world.ask("toy", "api", "GET", "/wait?seconds=30").body == b'{"rang":false}'
    assert world.clock.now - before == 30_000_000


def test_a_scheduled_action_happens_while_a_caller_waits(world: World) -> None:
    world.site("toy").hardware[BELL].ring(after=29.9)
    assert world.ask("toy", "api", "GET", "/wait?seconds=30").body == b'{"rang":true}'


def test_a_callers_timeout_counts_in_the_worlds_time(world: World) -> None:
    before = world.clock.now
    with pytest.raises(ReadTimeout):
        world.ask("toy", "api", "GET", "/wait?seconds=30", timeout=10)
    assert world.clock.now - before == 10_000_000
    assert world.core.pending_requests() == []


def test_at_one_instant_the_answer_comes_before_the_callers_timeout(world: World) -> None:
    assert world.ask("toy", "api", "GET", "/wait?seconds=30", timeout=30).status == 200


def test_waiting_forever_for_nothing_is_an_error() -> None:
    def app() -> Flask:
        flask = Flask("mute")

        @flask.get("/ever")
        def ever() -> Response:
            this_turn().park("ring")
            return Response(status=204)  # nothing is sent: the request is pending

        return flask

    mute = World([dataclasses.replace(TOY, app=app)])
    with pytest.raises(NobodyAnswers, match="schedule the action before"):
        mute.ask("toy", "api", "GET", "/ever")
    with pytest.raises(ReadTimeout):
        mute.ask("toy", "api", "GET", "/ever", timeout=1)


def test_another_thread_acts_before_time_moves(world: World) -> None:
    got: list[Answer] = []
    world.clock.mode = "manual"
    caller = threading.Thread(target=lambda: got.append(world.ask("toy", "api", "GET", "/wait")))
    caller.start()
    while not world.core.pending_requests():
        pass
    world.site("toy").hardware[BELL].ring()
    caller.join()
    assert got[0].body == b'{"rang":true}'


def test_on_a_manual_clock_only_the_tester_moves_time(world: World) -> None:
    world.clock.mode = "manual"
    got: list[Answer] = []
    caller = threading.Thread(target=lambda: got.append(world.ask("toy", "api", "GET", "/wait?seconds=30")))
    caller.start()
    while not world.core.pending_requests():
        pass
    world.clock.advance(29)
    assert got == []
    world.clock.advance(1)
    caller.join()
    assert got[0].body == b'{"rang":false}'


def test_tasks_of_one_loop_wait_together_and_an_action_happens_before_time_moves(world: World) -> None:
    async def ring() -> None:
        world.site("toy").hardware[BELL].ring()

    async def main() -> list[Answer]:
        waits = [world.ask_async("toy", "api", "GET", "/wait") for _ in range(5)]
        *answers, _ = await asyncio.gather(*waits, ring())
        return [a for a in answers if a is not None]

    before = world.clock.now
    assert [a.body for a in asyncio.run(main())] == [b'{"rang":true}'] * 5
    assert world.clock.now == before


def test_an_async_callers_timeout_is_virtual_too(world: World) -> None:
    before = world.clock.now
    with pytest.raises(ReadTimeout):
        asyncio.run(world.ask_async("toy", "api", "GET", "/wait", timeout=10))
    assert world.clock.now - before == 10_000_000


def test_a_cancelled_task_counts_as_a_caller_who_hung_up(world: World) -> None:
    world.clock.mode = "manual"

    async def main() -> None:
        task = asyncio.create_task(world.ask_async("toy", "api", "GET", "/wait"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert world.core.pending_requests() == []


def test_there_is_no_wall_clock_in_process() -> None:
    with pytest.raises(Refused, match="use auto or manual, or serve"):
        World([TOY], clock="real")
    with pytest.raises(Refused, match="use auto or manual, or serve"):
        World([TOY]).clock.mode = "x60"


def test_time_does_not_go_back(world: World) -> None:
    for advance in ({"seconds": -1}, {"until": "2020-01-01T00:00:00Z"}):
        with pytest.raises(Refused, match="is past"):
            world.clock.advance(**advance)
    with pytest.raises(Refused):
        world.clock.advance()
    world.clock.advance(until="2026-01-05T09:00:00+01:00")
    assert world.clock.iso == "2026-01-05T08:00:00Z"
