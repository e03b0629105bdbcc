"""Every way into a world that a client in this process may take, as one function each: the same request, and what
came back in the same form."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import httpx
import requests
import urllib3
from yarl import URL

from locksim.inprocess.world import World

Headers = list[tuple[str, str]]


class Call(NamedTuple):
    """A request whose target is to arrive exactly so. `timeout` is for reading."""

    method: str = "GET"
    url: str = "https://api.toy.example/echo"
    headers: Headers = []  # noqa: RUF012 - nobody changes it
    body: bytes = b""
    timeout: float | None = None


class Got(NamedTuple):
    status: int
    headers: Headers
    body: bytes


Way = Callable[[World, Call], Got]


def httpx_transport(world: World, call: Call) -> Got:
    with httpx.Client(transport=world.transport) as client:
        return _httpx(client, call)


def httpx_intercepted(world: World, call: Call) -> Got:
    with world.intercept(), httpx.Client() as client:
        return _httpx(client, call)


def httpx_async_transport(world: World, call: Call) -> Got:
    async def run() -> Got:
        async with httpx.AsyncClient(transport=world.async_transport) as client:
            return await _httpx_async(client, call)

    return asyncio.run(run())


def httpx_async_intercepted(world: World, call: Call) -> Got:
    async def run() -> Got:
        with world.intercept():
            async with httpx.AsyncClient() as client:
                return await _httpx_async(client, call)

    return asyncio.run(run())


def requests_adapter(world: World, call: Call) -> Got:
    with requests.Session() as session:
        session.mount("https://", world.adapter)
        session.mount("http://", world.adapter)
        return _requests(session, call)


def requests_intercepted(world: World, call: Call) -> Got:
    with world.intercept(), requests.Session() as session:
        return _requests(session, call)


def urllib3_intercepted(world: World, call: Call) -> Got:
    with world.intercept(), urllib3.PoolManager() as pool:
        answer = pool.request(
            call.method,
            call.url,
            headers=dict(call.headers),
            body=call.body or None,
            timeout=urllib3.Timeout(read=call.timeout),
            retries=False,
            redirect=False,
        )
        return Got(answer.status, list(answer.headers.iteritems()), answer.data)


def http_client_intercepted(world: World, call: Call) -> Got:
    url = urlsplit(call.url)
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    with world.intercept():
        connection = kind(url.netloc, timeout=call.timeout)
        target = url.path + ("?" + url.query if url.query else "")
        connection.request(call.method, target, call.body or None, dict(call.headers))
        answer = connection.getresponse()
        got = Got(answer.status, answer.getheaders(), answer.read())
        connection.close()
        return got


def aiohttp_intercepted(world: World, call: Call) -> Got:
    async def run() -> Got:
        url, timeout = URL(call.url, encoded=True), aiohttp.ClientTimeout(sock_read=call.timeout)
        with world.intercept():
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.request(
                    call.method, url, headers=call.headers, data=call.body or None, allow_redirects=False
                ) as answer,
            ):
                body = await answer.read()
                headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers]
                return Got(answer.status, headers, body)

    return asyncio.run(run())


WAYS: tuple[Way, ...] = (
    httpx_transport,
    httpx_async_transport,
    requests_adapter,
    httpx_intercepted,
    httpx_async_intercepted,
    requests_intercepted,
    urllib3_intercepted,
    http_client_intercepted,
    aiohttp_intercepted,
)


def _httpx(client: httpx.Client, call: Call) -> Got:
    answer = client.request(
        call.method, call.url, headers=call.headers, content=call.body or None, timeout=httpx.Timeout(call.timeout)
    )
    return _got(answer)


async def _httpx_async(client: httpx.AsyncClient, call: Call) -> Got:
    answer = await client.request(
        call.method, call.url, headers=call.headers, content=call.body or None, timeout=httpx.Timeout(call.timeout)
    )
    return _got(answer)


def _got(answer: httpx.Response) -> Got:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw]
    return Got(answer.status_code, headers, answer.content)


def _requests(session: requests.Session, call: Call) -> Got:
    answer = session.request(
        call.method,
        call.url,
        headers=dict(call.headers),
        data=call.body or None,
        timeout=(None, call.timeout),
        allow_redirects=False,
    )
    return Got(answer.status_code, list(answer.raw.headers.iteritems()), answer.content)
