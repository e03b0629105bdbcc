"""Every way into a world that a client in this process may take, as one function each: the same request, and what
came back in the same form."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import httpx
import httpx2
import requests
import urllib3
from yarl import URL

from locksim.inprocess.world import World

TRUST = ssl.create_default_context()
"""For all clients here: to load the certificates for each of them would take longer than all else."""
Headers = list[tuple[str, str]]


class ClientRequest(NamedTuple):
    """A request whose target is to arrive exactly so. `timeout` is for reading."""

    method: str = "GET"
    url: str = "https://api.toy.example/echo"
    headers: Headers = []  # noqa: RUF012 - nobody changes it
    body: bytes = b""
    timeout: float | None = None


class ClientAnswer(NamedTuple):
    status: int
    headers: Headers
    body: bytes


Way = Callable[[World, ClientRequest], ClientAnswer]


def httpx_transport(world: World, request: ClientRequest) -> ClientAnswer:
    with httpx.Client(transport=world.transport) as client:
        return _httpx(client, request)


def httpx_intercepted(world: World, request: ClientRequest) -> ClientAnswer:
    with world.intercept(), httpx.Client(verify=TRUST) as client:
        return _httpx(client, request)


def httpx_async_transport(world: World, request: ClientRequest) -> ClientAnswer:
    async def run() -> ClientAnswer:
        async with httpx.AsyncClient(transport=world.async_transport) as client:
            return await _httpx_async(client, request)

    return asyncio.run(run())


def httpx_async_intercepted(world: World, request: ClientRequest) -> ClientAnswer:
    async def run() -> ClientAnswer:
        with world.intercept():
            async with httpx.AsyncClient(verify=TRUST) as client:
                return await _httpx_async(client, request)

    return asyncio.run(run())


def httpx2_intercepted(world: World, request: ClientRequest) -> ClientAnswer:
    with world.intercept(), httpx2.Client(verify=TRUST) as client:
        return _httpx(client, request)


def httpx2_async_intercepted(world: World, request: ClientRequest) -> ClientAnswer:
    async def run() -> ClientAnswer:
        with world.intercept():
            async with httpx2.AsyncClient(verify=TRUST) as client:
                return await _httpx_async(client, request)

    return asyncio.run(run())


def requests_adapter(world: World, request: ClientRequest) -> ClientAnswer:
    with requests.Session() as session:
        session.mount("https://", world.adapter)
        session.mount("http://", world.adapter)
        return _requests(session, request)


def requests_intercepted(world: World, request: ClientRequest) -> ClientAnswer:
    with world.intercept(), requests.Session() as session:
        return _requests(session, request)


def urllib3_intercepted(world: World, request: ClientRequest) -> ClientAnswer:
    with world.intercept(), urllib3.PoolManager() as pool:
        answer = pool.request(
            request.method,
            request.url,
            headers=dict(request.headers),
            body=request.body or None,
            timeout=urllib3.Timeout(read=request.timeout),
            retries=False,
            redirect=False,
        )
        return ClientAnswer(answer.status, list(answer.headers.iteritems()), answer.data)


def http_client_intercepted(world: World, request: ClientRequest) -> ClientAnswer:
    url = urlsplit(request.url)
    with world.intercept():
        connection = (
            http.client.HTTPSConnection(url.netloc, timeout=request.timeout, context=TRUST)
            if url.scheme == "https"
            else http.client.HTTPConnection(url.netloc, timeout=request.timeout)
        )
        target = url.path + ("?" + url.query if url.query else "")
        connection.request(request.method, target, request.body or None, dict(request.headers))
        answer = connection.getresponse()
        got = ClientAnswer(answer.status, answer.getheaders(), answer.read())
        connection.close()
        return got


def aiohttp_intercepted(world: World, request: ClientRequest) -> ClientAnswer:
    async def run() -> ClientAnswer:
        url, timeout = URL(request.url, encoded=True), aiohttp.ClientTimeout(sock_read=request.timeout)
        with world.intercept():
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.request(
                    request.method, url, headers=request.headers, data=request.body or None, allow_redirects=False
                ) as answer,
            ):
                body = await answer.read()
                headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers]
                return ClientAnswer(answer.status, headers, body)

    return asyncio.run(run())


WAYS: tuple[Way, ...] = (
    httpx_transport,
    httpx_async_transport,
    requests_adapter,
    httpx_intercepted,
    httpx_async_intercepted,
    httpx2_intercepted,
    httpx2_async_intercepted,
    requests_intercepted,
    urllib3_intercepted,
    http_client_intercepted,
    aiohttp_intercepted,
)


def _httpx(client: httpx.Client | httpx2.Client, request: ClientRequest) -> ClientAnswer:
    answer = client.request(
        request.method,
        request.url,
        headers=request.headers,
        content=request.body or None,
        timeout=request.timeout,
    )
    return _got(answer)


async def _httpx_async(client: httpx.AsyncClient | httpx2.AsyncClient, request: ClientRequest) -> ClientAnswer:
    answer = await client.request(
        request.method,
        request.url,
        headers=request.headers,
        content=request.body or None,
        timeout=request.timeout,
    )
    return _got(answer)


def _got(answer: httpx.Response | httpx2.Response) -> ClientAnswer:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw]
    return ClientAnswer(answer.status_code, headers, answer.content)


def _requests(session: requests.Session, request: ClientRequest) -> ClientAnswer:
    answer = session.request(
        request.method,
        request.url,
        headers=dict(request.headers),
        data=request.body or None,
        timeout=(None, request.timeout),
        allow_redirects=False,
    )
    return ClientAnswer(answer.status_code, list(answer.raw.headers.iteritems()), answer.content)
