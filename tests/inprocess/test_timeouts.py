"""Read timeouts count in the world's time: none of these tests waits."""

from __future__ import annotations

import asyncio

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from locksim.engine.inputs import CallerGone
from locksim.inprocess.world import NobodyAnswers, World
from tests.engine.toy import BELL
from tests.inprocess import ways
from tests.inprocess.ways import WAYS, ClientRequest, Way

LATE: dict[Way, type[Exception]] = {
    ways.httpx_transport: httpx.ReadTimeout,
    ways.httpx_async_transport: httpx.ReadTimeout,
    ways.requests_adapter: requests.ReadTimeout,
    ways.httpx_intercepted: httpx.ReadTimeout,
    ways.httpx_async_intercepted: httpx.ReadTimeout,
    ways.httpx2_intercepted: httpx2.ReadTimeout,
    ways.httpx2_async_intercepted: httpx2.ReadTimeout,
    ways.requests_intercepted: requests.ReadTimeout,
    ways.urllib3_intercepted: urllib3.exceptions.ReadTimeoutError,
    ways.http_client_intercepted: TimeoutError,
    ways.aiohttp_intercepted: aiohttp.ServerTimeoutError,
}
WAIT = ClientRequest(url="https://api.toy.example/wait?seconds=30")


@pytest.mark.parametrize("way", WAYS)
def test_a_timeout_ends_at_its_own_second(way: Way, world: World) -> None:
    with pytest.raises(LATE[way]):
        way(world, WAIT._replace(timeout=10))

    assert world.clock.iso == "2026-01-05T08:00:10Z"


@pytest.mark.parametrize("way", WAYS)
def test_a_timeout_reaches_the_world_as_a_disconnect(way: Way, world: World) -> None:
    with pytest.raises(LATE[way]):
        way(world, WAIT._replace(timeout=10))

    assert not world.core.pending_requests()
    assert isinstance(world.journal.entries()[-1].input, CallerGone)


@pytest.mark.parametrize("way", WAYS)
def test_a_press_within_the_timeout_is_answered(way: Way, world: World) -> None:
    world.site("toy").hardware.act(BELL, "ring", after=9.9)

    assert way(world, WAIT._replace(timeout=10)).body == b'{"rang":true}'
    assert world.clock.iso == "2026-01-05T08:00:09.900000Z"


@pytest.mark.parametrize("way", WAYS)
def test_a_late_answer_times_out_but_the_request_is_done(way: Way, world: World) -> None:
    world.faults.inject({"kind": "delay", "seconds": 20}, path="/count")

    with pytest.raises(LATE[way]):
        way(world, ClientRequest("POST", "https://api.toy.example/count", timeout=5))

    assert world.site("toy").state.count == 1


@pytest.mark.parametrize("way", WAYS)
def test_without_a_timeout_a_request_waits_for_scheduled_actions(way: Way, world: World) -> None:
    got = way(world, ClientRequest(url="https://api.toy.example/wait?seconds=86400"))

    assert got.body == b'{"rang":false}'
    assert world.clock.iso == "2026-01-06T08:00:00Z"


@pytest.mark.parametrize("way", WAYS)
def test_waiting_for_ever_is_an_error_that_says_what_to_do(way: Way, world: World) -> None:
    """The one error that is not the library's own: a real request would hang the test."""
    with pytest.raises(NobodyAnswers, match="give the request a timeout"):
        way(world, ClientRequest(url="https://api.toy.example/wait?seconds=never"))


@pytest.mark.parametrize("way", WAYS)
def test_a_timeout_of_centuries_is_no_limit(way: Way, world: World) -> None:
    assert way(world, WAIT._replace(timeout=1e12)).status == 200


@pytest.mark.parametrize("timeout", [10, (3, 10), (None, 10)])
def test_requests_takes_its_timeout_as_a_number_or_a_pair(timeout: object, world: World) -> None:
    with requests.Session() as session:
        session.mount("https://", world.adapter)
        with pytest.raises(requests.ReadTimeout):
            session.get(WAIT.url, timeout=timeout)  # type: ignore[arg-type]  # pytest's parameters are objects

    assert world.clock.iso == "2026-01-05T08:00:10Z"


def test_the_total_timeout_of_aiohttp_counts_in_the_world_s_time_too(world: World) -> None:
    async def run() -> None:
        with world.intercept():
            async with aiohttp.ClientSession() as session:
                await session.get(WAIT.url, timeout=aiohttp.ClientTimeout(total=10))

    with pytest.raises(TimeoutError) as late:
        asyncio.run(run())
    assert not isinstance(late.value, aiohttp.ClientError)
    assert world.clock.iso == "2026-01-05T08:00:10Z"


def test_aiohttp_takes_each_request_s_own_timeout_on_a_kept_connection(world: World) -> None:
    async def run() -> list[str]:
        ends = []
        with world.intercept():
            async with aiohttp.ClientSession() as session:
                await (await session.get("https://api.toy.example/count")).read()
                for timeout in (aiohttp.ClientTimeout(total=40), aiohttp.ClientTimeout(total=4)):
                    try:
                        await (await session.get(WAIT.url, timeout=timeout)).read()
                    except TimeoutError:
                        ends.append("late")
                    else:
                        ends.append("answered")
        return ends

    assert asyncio.run(run()) == ["answered", "late"]
