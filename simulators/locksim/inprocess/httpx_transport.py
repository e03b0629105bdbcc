"""Transports that lead httpx clients (sync and async) into a world.

    httpx.Client(transport=world.transport, base_url=site.url)
    httpx.AsyncClient(transport=world.async_transport, base_url=site.url)

1. The URL's scheme, host and port find the site. A host that no vendor has refuses the connection: with httpx's own error,
   and a sentence that names the hosts there are.
2. The world sees what would be on the wire: the raw target, the headers in their order and spelling, the whole body.
3. A read timeout counts in the world's time. An injected fault breaks an answer as it breaks on a real connection: without
   any byte it is a reset; after n bytes the body ends early, below a Content-Length that declares all of it.

The transports pass a request on without writing it as bytes, since tests use this way the most. h11 checks the request's head
all the same, as it does in httpx's own transport.

Not supported: trio (the driver knows asyncio only), HTTP/2, and proxies, which are ignored. The limits of the server (1 MiB of
body, 256 KiB of head) do not apply here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import cast

import h11
import httpx

from locksim.engine.inputs import Answer
from locksim.inprocess import endpoints
from locksim.inprocess.endpoints import (
    Endpoint,
    EndpointWorld,
    FindEndpoint,
    NoSuchHost,
    OutgoingRequest,
    ReadTimeout,
)

__all__ = ["HttpxAsyncTransport", "HttpxTransport"]


class HttpxTransport(httpx.BaseTransport):
    """A transport for `httpx.Client(transport=…)`.

    Args:
        world: the world that answers.
        find: finds the endpoint at (host, scheme) in another way.
    """

    def __init__(self, world: EndpointWorld, find: FindEndpoint | None = None) -> None:
        self._find = find or partial(endpoints.find_endpoint, world)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request into the world.

        Raises:
            httpx.TransportError: ConnectError, ReadTimeout, ReadError and LocalProtocolError, as a real connection does.
        """
        endpoint = _endpoint(self._find, request)
        body = b"".join(cast("httpx.SyncByteStream", request.stream))
        try:
            answer = endpoint.ask(_outgoing(request, body), _read_timeout(request))
        except ReadTimeout as late:
            raise httpx.ReadTimeout(str(late), request=request) from late
        return _response(request, answer)


class HttpxAsyncTransport(httpx.AsyncBaseTransport):
    """A transport for `httpx.AsyncClient(transport=…)`, on asyncio. Several tasks of one loop may wait at once."""

    def __init__(self, world: EndpointWorld, find: FindEndpoint | None = None) -> None:
        self._find = find or partial(endpoints.find_endpoint, world)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request into the world. Raises as `HttpxTransport` does."""
        endpoint = _endpoint(self._find, request)
        body = b"".join([chunk async for chunk in cast("httpx.AsyncByteStream", request.stream)])
        try:
            answer = await endpoint.ask_async(_outgoing(request, body), _read_timeout(request))
        except ReadTimeout as late:
            raise httpx.ReadTimeout(str(late), request=request) from late
        return _response(request, answer)


def _endpoint(find: FindEndpoint, request: httpx.Request) -> Endpoint:
    try:
        return find(request.url.netloc.decode("ascii"), request.url.scheme)
    except NoSuchHost as unknown:
        raise httpx.ConnectError(unknown.sentence, request=request) from unknown


def _outgoing(request: httpx.Request, body: bytes) -> OutgoingRequest:
    target = cast("bytes", request.extensions.get("target", request.url.raw_path))
    try:
        h11.Request(method=request.method, target=target, headers=request.headers.raw)
    except h11.LocalProtocolError as wrong:
        raise httpx.LocalProtocolError(str(wrong), request=request) from wrong
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return OutgoingRequest(request.method, target.decode("latin-1"), headers, body)


def _read_timeout(request: httpx.Request) -> float | None:
    timeouts: Mapping[str, float | None] = request.extensions.get("timeout", {})
    return timeouts.get("read")


def _response(request: httpx.Request, answer: Answer) -> httpx.Response:
    if answer.cut == 0:
        raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    bodiless = request.method == "HEAD" or answer.status in (204, 304)
    body = b"" if bodiless else answer.body
    cut = None if bodiless or answer.cut is None or answer.cut >= len(body) else answer.cut
    return httpx.Response(
        answer.status,
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers],
        stream=httpx.ByteStream(body) if cut is None else _TruncatedBody(body, cut, request),
        extensions={"http_version": b"HTTP/1.1"},
    )


class _TruncatedBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks off after `cut` bytes."""

    def __init__(self, body: bytes, cut: int, request: httpx.Request) -> None:
        self._start = body[:cut]
        self._error = httpx.RemoteProtocolError(
            f"peer closed connection without sending complete message body (received {cut} bytes, expected {len(body)})",
            request=request,
        )

    def __iter__(self) -> Iterator[bytes]:
        yield self._start
        raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._start
        raise self._error
