"""`intercept()` takes the network's place inside its block, and leaves no trace behind it."""

from __future__ import annotations

import asyncio
import contextvars
import http.client
import inspect
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3.connection

from locksim.engine.inputs import Restarted
from locksim.inprocess import interception
from locksim.inprocess.late_imports import LateImports
from locksim.inprocess.world import World
from tests.engine.toy import TOY

API = "https://api.toy.example"
ROOT = Path(__file__).parents[2]
POINTS: list[tuple[type, str]] = [
    (http.client.HTTPConnection, "connect"),
    (http.client.HTTPSConnection, "connect"),
    (urllib3.connection.HTTPConnection, "connect"),
    (urllib3.connection.HTTPSConnection, "connect"),
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (httpx2.HTTPTransport, "handle_request"),
    (httpx2.AsyncHTTPTransport, "handle_async_request"),
    (aiohttp.TCPConnector, "_create_connection"),
    (aiohttp.BaseConnector, "connect"),
]


def points() -> list[Any]:
    return [owner.__dict__[name] for owner, name in POINTS]


def count(world: World) -> int:
    state: int = world.site("toy").state.count
    return state


def add() -> int:
    got: int = requests.post(API + "/count", timeout=5).json()["count"]
    return got


@pytest.fixture
def other() -> World:
    return World([TOY], seed=8)


@contextmanager
def real_server() -> Iterator[str]:
    """A server at a real socket; → its authority."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"real")

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def resolve_all_names_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **options: resolve("127.0.0.1", *rest, **options))


def test_the_methods_are_restored_at_the_end_whatever_happened(world: World) -> None:
    before = points()

    def fail_inside() -> None:
        with world.intercept():
            assert all(now is not was for now, was in zip(points(), before, strict=True))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()

    assert points() == before


def test_nested_blocks_replace_the_methods_once_and_the_last_one_restores_them(world: World, other: World) -> None:
    before = points()
    first, second = world.intercept(), other.intercept()

    first.__enter__()
    inside = points()
    second.__enter__()
    assert points() == inside
    first.__exit__(None, None, None)
    assert points() == inside
    assert add() == 1
    second.__exit__(None, None, None)

    assert points() == before
    assert (count(world), count(other)) == (0, 1)


def test_the_innermost_world_answers(world: World, other: World) -> None:
    with world.intercept():
        add()
        with other.intercept():
            add()
            add()
        add()
    assert (count(world), count(other)) == (2, 2)


def test_a_kept_alive_connection_leads_into_the_innermost_world(world: World, other: World) -> None:
    with requests.Session() as session, world.intercept():
        session.post(API + "/count")
        with other.intercept():
            session.post(API + "/count")
        session.post(API + "/count")
    assert (count(world), count(other)) == (2, 1)


def test_an_interception_may_be_entered_inside_itself(world: World) -> None:
    block = world.intercept()
    with block:
        with block:
            add()
        add()
    assert count(world) == 2


def test_tasks_may_have_worlds_of_their_own(world: World, other: World) -> None:
    async def three(local: World) -> None:
        with local.intercept():
            async with aiohttp.ClientSession() as session, httpx.AsyncClient() as client:
                await session.post(API + "/count")
                await client.post(API + "/count")
                await session.post(API + "/count")

    async def run() -> None:
        await asyncio.gather(three(world), three(other))

    asyncio.run(run())
    assert (count(world), count(other)) == (3, 3)


def test_threads_may_have_worlds_of_their_own(world: World, other: World) -> None:
    both_inside = threading.Barrier(2)

    def run(local: World) -> None:
        with local.intercept():
            both_inside.wait()
            for _ in range(5):
                add()
            both_inside.wait()

    threads = [threading.Thread(target=run, args=(local,)) for local in (world, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (count(world), count(other)) == (5, 5)


def test_a_thread_started_inside_is_inside(world: World) -> None:
    with world.intercept():
        thread = threading.Thread(target=add)
        thread.start()
        thread.join()
    assert count(world) == 1


def test_it_may_end_in_another_context_than_it_began_in(world: World, other: World) -> None:
    """As fixtures of async test runners do."""
    block = world.intercept()
    contextvars.Context().run(block.__enter__)
    assert add() == 1
    contextvars.Context().run(block.__exit__, None, None, None)

    with other.intercept():
        assert add() == 1
    assert count(world) == 1


def test_a_context_forgets_an_interception_that_ended_elsewhere(world: World, other: World) -> None:
    block, context = world.intercept(), contextvars.Context()
    context.run(block.__enter__)
    block.__exit__(None, None, None)

    with other.intercept():
        assert context.run(add) == 1
    assert (count(world), count(other)) == (0, 1)


def test_it_decorates_functions_and_coroutine_functions(world: World) -> None:
    @world.intercept()
    def plain() -> int:
        return add()

    @world.intercept()
    async def coroutine() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.post(API + "/count")).status_code

    before = points()
    assert plain() == 1
    assert asyncio.run(coroutine()) == 200
    assert count(world) == 2
    assert points() == before


@pytest.mark.parametrize(("name", "allow"), [
    ("127.0.0.1", ()), ("localhost", ()), ("hooks.example", ("Hooks.example",)), ("hooks.example", ("hooks.example:PORT",)),
])  # fmt: skip
def test_loopback_and_allowed_hosts_are_reached_for_real(
    name: str, allow: tuple[str, ...], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_all_names_to_loopback(monkeypatch)

    async def by_aiohttp(url: str) -> str:
        async with aiohttp.ClientSession() as session:
            return await (await session.get(url)).text()

    async def by_httpx(url: str) -> str:
        async with httpx.AsyncClient() as client:
            return (await client.get(url)).text

    with real_server() as here:
        port = here.rpartition(":")[2]
        there = f"{name}:{port}"
        url = f"http://{there}/"
        with world.intercept(allow=[host.replace("PORT", port) for host in allow]):
            assert requests.get(url, timeout=5).text == "real"
            assert httpx.get(url).text == "real"
            assert asyncio.run(by_aiohttp(url)) == "real"
            assert asyncio.run(by_httpx(url)) == "real"
            connection = http.client.HTTPConnection(there, timeout=5)
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"real"
            connection.close()
            assert add() == 1


def test_an_unknown_host_is_refused_and_the_error_says_how_to_allow_it(world: World) -> None:
    with world.intercept(), pytest.raises(httpx.ConnectError) as refused:
        httpx.get("http://hooks.example:8000/")
    assert 'intercept(allow=("hooks.example:8000",))' in str(refused.value)


def test_what_the_world_answers_on_loopback_comes_before_loopback(world: World) -> None:
    with real_server() as here:
        world.apply(Restarted(world.core.now, {"toy/api": f"http://{here}", "toy/lan": "http://192.0.2.50:8080"}))
        with world.intercept():
            httpx.post(f"http://{here}/count")
    assert count(world) == 1


def test_a_session_that_outlives_the_block_connects_again(world: World, other: World) -> None:
    async def outlive() -> None:
        async with aiohttp.ClientSession() as asynchronous:
            with world.intercept():
                await (await asynchronous.post(API + "/count")).read()
                session.post(API + "/count")
            with other.intercept():
                await (await asynchronous.post(API + "/count")).read()
                session.post(API + "/count")

    with requests.Session() as session:
        asyncio.run(outlive())
    assert (count(world), count(other)) == (2, 2)


def test_a_session_that_outlives_the_block_reaches_the_real_host(world: World) -> None:
    """With POST, which no client sends again by itself: the kept connection must not even be tried."""

    async def story(url: str) -> list[str]:
        async with aiohttp.ClientSession() as asynchronous:
            got = []
            with world.intercept():
                got += [(await (await asynchronous.post(url)).text()), session.post(url).text]
            return [*got, await (await asynchronous.post(url)).text(), session.post(url).text]

    with real_server() as here, requests.Session() as session:
        world.core.addresses["toy/lan"] = f"http://{here}"
        assert asyncio.run(story(f"http://{here}/count")) == ['{"count":1}', '{"count":2}', "real", "real"]


def test_a_response_from_inside_can_be_closed_outside(world: World) -> None:
    async def run() -> None:
        with world.intercept():
            session = aiohttp.ClientSession()
            await session.post(API + "/count")
        await session.close()

    asyncio.run(run())
    assert count(world) == 1


def test_outside_the_real_network_is_reached_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_all_names_to_loopback(monkeypatch)
    with real_server() as here, requests.Session() as session:
        url = f"http://hooks.example:{here.rpartition(':')[2]}/"
        with world.intercept(), pytest.raises(requests.ConnectionError):
            session.get(url)
        assert session.get(url).text == "real"


def test_aiohttp_s_private_method_still_has_the_expected_signature() -> None:
    shape = list(inspect.signature(aiohttp.TCPConnector._create_connection).parameters)
    assert shape == ["self", "req", "traces", "timeout"]
    assert list(inspect.signature(aiohttp.BaseConnector.connect).parameters) == shape


LATE = """
import sys
from locksim.inprocess.world import World
from tests.engine.toy import TOY

world = World([TOY], seed=7)
with world.intercept():
    assert not {"aiohttp", "httpx", "httpx2", "requests", "urllib3"} & sys.modules.keys()
    import asyncio, aiohttp, httpx, httpx2, requests

    async def post():
        async with aiohttp.ClientSession() as session:
            return (await (await session.post(url)).json())["count"]

    url = "https://api.toy.example/count"
    print([library.post(url, timeout=5).json()["count"] for library in (httpx, httpx2, requests)], asyncio.run(post()))

replaced = [
    (httpx.HTTPTransport, "handle_request"), (httpx2.HTTPTransport, "handle_request"),
    (requests.packages.urllib3.connection.HTTPConnection, "connect"), (aiohttp.TCPConnector, "_create_connection"),
]
print([hasattr(vars(owner)[name], "__wrapped__") for owner, name in replaced])
print({type(library.__loader__).__name__ for library in (httpx, httpx2, requests, aiohttp)}, sys.meta_path == before)
"""


def test_libraries_that_are_imported_inside_are_intercepted_too() -> None:
    """None is imported before: that takes longer than starting `lockpact check` otherwise."""
    code = "import sys; before = [*sys.meta_path]" + LATE
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    expected = ["[1, 2, 3] 4", "[False, False, False, False]", "{'SourceFileLoader'} True"]
    assert (done.stdout.splitlines(), done.stderr) == (expected, "")


def test_it_works_without_aiohttp(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)  # as Python notes a module that cannot be imported
    untouched = aiohttp.TCPConnector.__dict__["_create_connection"]

    with world.intercept():
        assert aiohttp.TCPConnector.__dict__["_create_connection"] is untouched
        assert add() == 1


def test_a_library_whose_import_ends_after_the_interception_is_left_alone(world: World) -> None:
    with world.intercept():
        (late,) = (finder for finder in sys.meta_path if isinstance(finder, LateImports))
    interception._replace_later(late, "httpx")
    assert not hasattr(httpx.HTTPTransport.handle_request, "__wrapped__")
