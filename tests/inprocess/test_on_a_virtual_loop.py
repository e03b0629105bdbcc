"""On a loop whose time is the world's, a client's own timers and sleeps count as its timeouts do."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

import aiohttp
import httpx
import pytest

from locksim.inprocess.world import World
from tests.engine.toy import BELL

API = "https://api.toy.example"


class Idle(selectors.DefaultSelector):
    """Where a loop would wait, the world goes on to what is next."""

    world: World

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        mine = None if timeout is None else self.world.clock.now + round(timeout * 1_000_000)
        self.world.advance_to(min(at for at in (mine, self.world.core.due()) if at is not None))
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    def __init__(self, world: World) -> None:
        self._world, self._began = world, world.clock.now
        idle = Idle()
        idle.world = world
        super().__init__(idle)

    def time(self) -> float:
        return (self._world.clock.now - self._began) / 1_000_000


def run(world: World, story: Coroutine[Any, Any, Any]) -> Any:
    world.clock.mode = "manual"
    with asyncio.Runner(loop_factory=lambda: Loop(world)) as runner, world.intercept():
        return runner.run(story)


def test_a_task_may_sleep_before_it_presses(world: World) -> None:
    async def story() -> list[Any]:
        async with aiohttp.ClientSession(API) as by_aiohttp, httpx.AsyncClient(base_url=API, timeout=20) as by_httpx:

            async def press() -> Any:
                await asyncio.sleep(4)
                return world.site("toy").hardware[BELL].ring()

            first, second, rung = await asyncio.gather(by_aiohttp.get("/wait"), by_httpx.get("/wait"), press())
            return [await first.json(), second.json(), rung]

    assert run(world, story()) == [{"rang": True}, {"rang": True}, {"heard": 2}]
    assert world.clock.iso == "2026-01-05T08:00:04Z"


@pytest.mark.parametrize("timeout", [aiohttp.ClientTimeout(total=10), aiohttp.ClientTimeout(sock_read=10)])
def test_the_timeouts_of_aiohttp_end_at_their_own_second(timeout: aiohttp.ClientTimeout, world: World) -> None:
    async def story() -> None:
        async with aiohttp.ClientSession(API) as client:
            await client.get("/wait", timeout=timeout)

    with pytest.raises(TimeoutError):
        run(world, story())
    assert world.clock.iso == "2026-01-05T08:00:10Z"


def test_a_cancelled_wait_reaches_the_world_as_a_disconnect(world: World) -> None:
    async def story() -> None:
        async with aiohttp.ClientSession(API) as client:
            async with asyncio.timeout(7):
                await client.get("/wait")

    with pytest.raises(TimeoutError):
        run(world, story())
    assert world.clock.iso == "2026-01-05T08:00:07Z"
    assert not world.core.pending_requests()
