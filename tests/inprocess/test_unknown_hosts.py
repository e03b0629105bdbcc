"""A host that no vendor of the world has refuses the connection, and the error names the hosts there are."""

from __future__ import annotations

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from locksim.inprocess.world import World
from tests.inprocess import ways
from tests.inprocess.ways import WAYS, ClientRequest, Way

REFUSED: dict[Way, type[Exception]] = {
    ways.httpx_transport: httpx.ConnectError,
    ways.httpx_async_transport: httpx.ConnectError,
    ways.requests_adapter: requests.ConnectionError,
    ways.httpx_intercepted: httpx.ConnectError,
    ways.httpx_async_intercepted: httpx.ConnectError,
    ways.httpx2_intercepted: httpx2.ConnectError,
    ways.httpx2_async_intercepted: httpx2.ConnectError,
    ways.requests_intercepted: requests.ConnectionError,
    ways.urllib3_intercepted: urllib3.exceptions.NewConnectionError,
    ways.http_client_intercepted: ConnectionRefusedError,
    ways.aiohttp_intercepted: aiohttp.ClientConnectorError,
}
STRANGERS = [
    "https://nobody.example/echo",
    "http://[2001:db8::1]/echo",
    "https://api.toy.example:8443/echo",
    "http://192.0.2.50/echo",
    "http://api.toy.example/echo",
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("url", STRANGERS)
def test_an_unknown_host_is_refused_with_the_names_of_the_hosts_there_are(way: Way, url: str, world: World) -> None:
    with pytest.raises(REFUSED[way]) as refused:
        way(world, ClientRequest(url=url))

    sentence = str(refused.value)
    assert url.removesuffix("/echo") in sentence
    for known in ("https://api.toy.example", "https://toy.example", "http://192.0.2.50:8080"):
        assert known in sentence
    assert not world.journal.requests()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "url",
    [
        "https://api.toy.example/echo",
        "https://toy.example/echo",
        "https://TOY.example:443/echo",
        "http://192.0.2.50:8080/echo",
    ],
)
def test_every_name_of_a_known_host_answers(way: Way, url: str, world: World) -> None:
    assert way(world, ClientRequest(url=url)).status == 200
