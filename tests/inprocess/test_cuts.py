"""An answer that a fault cuts breaks in each library as it does on a real connection."""

from __future__ import annotations

import http.client

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from locksim.inprocess.world import World
from tests.inprocess import ways
from tests.inprocess.ways import WAYS, ClientRequest, Way

RESET: dict[Way, type[Exception]] = {
    ways.httpx_transport: httpx.ReadError,
    ways.httpx_async_transport: httpx.ReadError,
    ways.requests_adapter: requests.ConnectionError,
    ways.httpx_intercepted: httpx.ReadError,
    ways.httpx_async_intercepted: httpx.ReadError,
    ways.httpx2_intercepted: httpx2.ReadError,
    ways.httpx2_async_intercepted: httpx2.ReadError,
    ways.requests_intercepted: requests.ConnectionError,
    ways.urllib3_intercepted: urllib3.exceptions.ProtocolError,
    ways.http_client_intercepted: ConnectionResetError,
    ways.aiohttp_intercepted: aiohttp.ClientOSError,
}
TRUNCATED: dict[Way, type[Exception]] = {
    ways.httpx_transport: httpx.RemoteProtocolError,
    ways.httpx_async_transport: httpx.RemoteProtocolError,
    ways.requests_adapter: requests.exceptions.ChunkedEncodingError,
    ways.httpx_intercepted: httpx.RemoteProtocolError,
    ways.httpx_async_intercepted: httpx.RemoteProtocolError,
    ways.httpx2_intercepted: httpx2.RemoteProtocolError,
    ways.httpx2_async_intercepted: httpx2.RemoteProtocolError,
    ways.requests_intercepted: requests.exceptions.ChunkedEncodingError,
    ways.urllib3_intercepted: urllib3.exceptions.ProtocolError,
    ways.http_client_intercepted: http.client.IncompleteRead,
    ways.aiohttp_intercepted: aiohttp.ClientPayloadError,
}
COUNT = ClientRequest("POST", "https://api.toy.example/count")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("when", "counted"), [("before", 0), ("after", 1)])
def test_a_reset_is_the_library_s_own_error(way: Way, when: str, counted: int, world: World) -> None:
    world.faults.inject({"kind": "reset", "when": when}, method="POST", times=1)

    with pytest.raises(RESET[way]):
        way(world, COUNT)

    assert world.site("toy").state.count == counted


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("length", [1, 5])
def test_a_body_that_ends_early_is_the_library_s_own_error(way: Way, length: int, world: World) -> None:
    world.faults.inject({"kind": "truncate", "bytes": length}, times=1)

    with pytest.raises(TRUNCATED[way]):
        way(world, COUNT)

    assert world.site("toy").state.count == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_cut_after_the_last_byte_changes_nothing(way: Way, world: World) -> None:
    world.faults.inject({"kind": "truncate", "bytes": 1_000}, times=1)

    assert way(world, COUNT).body == b'{"count":1}'


@pytest.mark.parametrize("way", WAYS)
def test_the_next_request_gets_a_new_connection(way: Way, world: World) -> None:
    world.faults.inject({"kind": "truncate", "bytes": 3}, times=1)
    with pytest.raises(TRUNCATED[way]):
        way(world, COUNT)

    assert way(world, COUNT).body == b'{"count":2}'


def test_a_stream_yields_what_came_before_it_breaks(world: World) -> None:
    world.faults.inject({"kind": "truncate", "bytes": 3})
    got = b""

    with (
        httpx.Client(transport=world.transport) as client,
        client.stream("GET", "https://api.toy.example/big?bytes=9") as answer,
    ):
        assert answer.headers["Content-Length"] == "9"
        chunks = answer.iter_raw()
        got += next(chunks)
        with pytest.raises(httpx.RemoteProtocolError, match="received 3 bytes, expected 9"):
            next(chunks)

    assert got == b"xxx"


def test_aiohttp_repeats_an_idempotent_request_after_a_reset_by_itself(world: World) -> None:
    """Its own habit, met because its own code runs: with POST there is no second try."""
    world.faults.inject({"kind": "reset"}, times=1)

    got = ways.aiohttp_intercepted(world, ClientRequest())

    assert got.status == 200
    assert len(world.journal.requests()) == 2
