"""Several callers at once: tasks of one loop, threads, and callers who leave."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import httpx
import pytest
import requests

from locksim.engine.inputs import CallerGone
from locksim.inprocess.world import World
from tests.engine.toy import BELL

API = "https://api.toy.example"


def test_tasks_of_one_loop_wait_at_once_and_one_press_answers_them_all(world: World) -> None:
    async def run() -> tuple[object, ...]:
        async with httpx.AsyncClient(transport=world.async_transport, base_url=API) as client:

            async def wait() -> object:
                return (await client.get("/wait?seconds=30")).json()

            async def press() -> object:
                await client.get("/count")
                return world.site("toy").hardware[BELL].ring()

            return tuple(await asyncio.gather(wait(), wait(), wait(), press()))

    assert asyncio.run(run()) == ({"rang": True}, {"rang": True}, {"rang": True}, {"heard": 3})
    assert world.clock.iso == "2026-01-05T08:00:00Z"


def test_a_press_is_answered_while_aiohttp_waits(world: World) -> None:
    async def run() -> tuple[object, ...]:
        async with aiohttp.ClientSession(API) as session:

            async def wait() -> object:
                return await (await session.get("/wait?seconds=30")).json()

            async def press() -> object:
                await session.get("/count")
                return world.site("toy").hardware[BELL].ring()

            return tuple(await asyncio.gather(wait(), press(), wait()))

    with world.intercept():
        assert asyncio.run(run()) == ({"rang": True}, {"heard": 2}, {"rang": True})


def test_each_task_s_window_ends_at_its_own_second(world: World) -> None:
    ends: dict[int, str] = {}

    async def run() -> None:
        async with httpx.AsyncClient(transport=world.async_transport, base_url=API, timeout=None) as client:

            async def wait(seconds: int) -> None:
                await client.get(f"/wait?seconds={seconds}")
                ends[seconds] = world.clock.iso[-3:-1]

            await asyncio.gather(*(wait(s) for s in (20, 10, 30)))

    asyncio.run(run())
    assert ends == {10: "10", 20: "20", 30: "30"}


def test_a_cancelled_task_reaches_the_world_as_a_disconnect(world: World) -> None:
    world.clock.mode = "manual"

    async def run(url: str) -> None:
        async with httpx.AsyncClient() as by_httpx, aiohttp.ClientSession() as by_aiohttp:
            tasks = [asyncio.ensure_future(get(url)) for get in (by_httpx.get, by_aiohttp.get)]
            while len(world.core.pending_requests()) < 2:  # noqa: ASYNC110 - a world tells nobody that a caller waits
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for _ in range(5):
                await asyncio.sleep(0)
            assert not world.core.pending_requests()

    with world.intercept():
        asyncio.run(run(API + "/wait"))
    assert sum(isinstance(entry.input, CallerGone) for entry in world.journal.entries()) == 2
    assert world.site("toy").hardware[BELL].ring() == {"heard": 0}


def test_threads_share_a_world(world: World) -> None:
    with world.intercept(), ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: requests.post(API + "/count", timeout=5).json()["count"], range(20)))
    assert sorted(got) == list(range(1, 21))


def test_a_thread_that_has_ended_gets_no_time_to_act(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setattr(world._changed, "wait", lambda seconds: pytest.fail("it waits for nobody"))
    with world.intercept():
        ended = threading.Thread(target=requests.get, args=(API + "/echo/1",))
        ended.start()
        ended.join()
        assert requests.get(API + "/wait?seconds=10", timeout=60).status_code == 200


def test_a_press_from_another_thread_is_answered(world: World) -> None:
    world.clock.mode = "manual"

    def press() -> None:
        while not world.core.pending_requests():
            pass
        world.site("toy").hardware[BELL].ring()

    other = threading.Thread(target=press)
    with world.intercept():
        other.start()
        assert requests.get(API + "/wait", timeout=60).json() == {"rang": True}
        other.join()


@pytest.mark.parametrize("count", [40])
def test_many_aiohttp_requests_at_once_get_each_their_own_answer(count: int, world: World) -> None:
    async def run() -> list[str]:
        async with aiohttp.ClientSession(API) as session:

            async def get(number: int) -> str:
                target: str = (await (await session.get(f"/echo/{number}")).json())["target"]
                return target

            return await asyncio.gather(*(get(n) for n in range(count)))

    with world.intercept():
        assert asyncio.run(run()) == [f"/echo/{n}" for n in range(count)]
