"""What clients keep between requests works as over a socket: cookies, redirects, connections, streams."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator

import aiohttp
import httpx
import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from locksim.engine.inputs import Request
from locksim.inprocess.world import World

API = "https://api.toy.example"
SET = {"first": "1", "second": "two"}


def bodies(world: World) -> list[bytes]:
    return [entry.input.body for entry in world.journal.requests() if isinstance(entry.input, Request)]


def test_httpx_keeps_cookies(world: World) -> None:
    with httpx.Client(transport=world.transport, base_url=API) as client:
        assert client.get("/cookies").json() == {"sent": {}}
        assert client.get("/cookies").json() == {"sent": SET}


def test_requests_keeps_cookies(world: World) -> None:
    with requests.Session() as session:
        session.mount(API, world.adapter)
        assert session.get(API + "/cookies").json() == {"sent": {}}
        assert session.get(API + "/cookies").json() == {"sent": SET}


def test_aiohttp_keeps_cookies(world: World) -> None:
    async def run() -> list[object]:
        async with aiohttp.ClientSession() as session:
            return [await (await session.get(API + "/cookies")).json() for _ in range(2)]

    with world.intercept():
        assert asyncio.run(run()) == [{"sent": {}}, {"sent": SET}]


def test_redirects_are_followed_by_the_clients_themselves(world: World) -> None:
    async def run() -> str:
        async with aiohttp.ClientSession() as session:
            return (await session.get(API + "/away")).url.path

    with world.intercept():
        by_requests = requests.get(API + "/away", timeout=5)
        assert httpx.get(API + "/away", follow_redirects=True).url.path == "/echo/back"
        assert by_requests.url == API + "/echo/back"
        assert [answer.status_code for answer in by_requests.history] == [302]
        assert asyncio.run(run()) == "/echo/back"


def test_urllib3_keeps_its_connection_alive(world: World) -> None:
    with world.intercept(), urllib3.PoolManager() as pool:
        for _ in range(5):
            assert pool.request("GET", API + "/count").status == 200
        host = pool.connection_from_url(API)
        assert (host.num_connections, host.num_requests) == (1, 5)


def test_aiohttp_keeps_its_connection_alive(world: World) -> None:
    reused = []

    async def note(*_: object) -> None:
        reused.append(True)

    async def run() -> None:
        watch = aiohttp.TraceConfig()
        watch.on_connection_reuseconn.append(note)
        async with aiohttp.ClientSession(trace_configs=[watch]) as session:
            for _ in range(5):
                await (await session.get(API + "/count")).read()

    with world.intercept():
        asyncio.run(run())
    assert len(reused) == 4


def test_a_body_may_be_streamed_in(world: World) -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b"one ", b"two ", b"three")

    async def async_pieces() -> AsyncIterator[bytes]:
        for piece in pieces():
            yield piece

    async def by_aiohttp() -> None:
        async with aiohttp.ClientSession() as session:
            await session.post(API + "/echo", data=async_pieces())

    async def by_httpx() -> None:
        async with httpx.AsyncClient() as client:
            await client.post(API + "/echo", content=async_pieces())

    with world.intercept():
        httpx.post(API + "/echo", content=pieces())
        requests.post(API + "/echo", data=pieces(), timeout=5)
        requests.post(API + "/echo", data=io.BytesIO(b"one two three"), timeout=5)
        asyncio.run(by_aiohttp())
        asyncio.run(by_httpx())
    assert bodies(world) == [b"one two three"] * 5


def test_a_body_may_be_streamed_out(world: World) -> None:
    with requests.Session() as session:
        session.mount(API, world.adapter)
        with session.get(API + "/big?bytes=100000", stream=True) as answer:
            assert answer.raw.read(10) == b"x" * 10
            assert sum(map(len, answer.iter_content(4_096))) == 99_990


def test_requests_has_its_elapsed_time_and_connection(world: World) -> None:
    with requests.Session() as session:
        session.mount(API, world.adapter)
        answer = session.get(API + "/count")
    assert answer.raw.version == 11
    assert answer.reason == "OK"
    assert answer.elapsed.total_seconds() >= 0


def test_the_retries_of_a_mounted_adapter_are_urllib3_s_own(world: World) -> None:
    world.faults.inject({"kind": "refuse", "name": "unavailable"}, times=2)
    world.faults.inject({"kind": "reset"}, times=1, nth=3)
    retry = urllib3.Retry(total=5, status_forcelist=[503])

    with world.intercept(), requests.Session() as session:
        session.mount(API, HTTPAdapter(max_retries=retry))
        assert session.get(API + "/count", timeout=5).json() == {"count": 0}

    assert len(world.journal.requests()) == 4


def test_httpx_refuses_what_it_would_never_send(world: World) -> None:
    """h11 judges the head on httpx's real way, so it does here."""
    with httpx.Client(transport=world.transport) as client:
        with pytest.raises(httpx.LocalProtocolError):
            client.get(API + "/echo", headers={"X-Two": "lines\r\nX-Forged: yes"})
        with pytest.raises(httpx.LocalProtocolError):
            client.get(API + "/echo", extensions={"target": b"/echo two"})
    assert not world.journal.requests()


def test_httpx_sends_a_raw_target_as_it_is_told(world: World) -> None:
    with httpx.Client(transport=world.transport) as client:
        answer = client.get(API + "/", extensions={"target": b"/echo/../%zz?%"})
    assert answer.json()["target"] == "/echo/../%zz?%"


def test_the_limits_of_the_server_hold_over_a_pipe_too(world: World) -> None:
    with world.intercept():
        assert requests.post(API + "/echo", data=b"x" * 1_100_000, timeout=5).status_code == 413
    assert not world.journal.requests()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_is_ignored(scheme: str, world: World) -> None:
    """Many machines name one in the environment; the world needs none."""
    proxies = {"http": "http://proxy.example:3128", "https": "http://proxy.example:3128"}
    url = {"http": "http://192.0.2.50:8080/echo", "https": API + "/echo"}[scheme]

    async def by_aiohttp() -> int:
        async with aiohttp.ClientSession() as session:
            return (await session.get(url, proxy="http://proxy.example:3128")).status

    with world.intercept():
        assert requests.get(url, proxies=proxies, timeout=5).status_code == 200
        assert httpx.get(url, proxy=proxies[scheme]).status_code == 200
        assert asyncio.run(by_aiohttp()) == 200
    with requests.Session() as session:
        session.mount("http://", world.adapter)
        session.mount("https://", world.adapter)
        assert session.get(url, proxies=proxies).status_code == 200
    assert {e.input.headers[0][1] for e in world.journal.requests() if isinstance(e.input, Request)} == {
        url.split("/")[2]
    }
