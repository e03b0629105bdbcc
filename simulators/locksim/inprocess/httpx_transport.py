"""The ways into a world for clients that can be handed a transport: httpx (sync and async) and requests.

    httpx.Client(transport=world.transport, base_url=site.url)
    httpx.AsyncClient(transport=world.async_transport, base_url=site.url)
    session.mount("https://", world.adapter)

1. The URL's scheme, host and port find the site; a host that nobody has refuses the connection, in the library's
   own error, with a sentence that names the hosts there are.
2. What the world sees is what would be on the wire: the raw target, the headers in their order and spelling, the
   whole body.
3. A read timeout counts in the world's time. What a planted fault cuts, breaks as it breaks on a real connection:
   no byte at all is a reset; n bytes are a body that ends early, below a Content-Length that declares it whole.

The transports for httpx hand a request over without spelling it in bytes, since in tests it is the busiest way; h11
judges its head all the same, as it does on httpx's real way. `RequestsAdapter` is the real HTTPAdapter over pipes
(`locksim.inprocess.pipe`), so that its retries, timeouts and errors are requests' and urllib3's own.

Left out: trio (the driver knows asyncio only), HTTP/2, and whatever a proxy would add: proxies are passed by. The
bounds that the server sets (1 MiB of body, 64 KiB of head) hold over pipes, but not for the transports for httpx.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import h11
import httpx

from locksim.engine.inputs import Answer
from locksim.inprocess import endpoints
from locksim.inprocess.endpoints import Endpoint, FindEndpoint, NoSuchHost, OutgoingRequest
from locksim.inprocess.world import ReadTimeout, World

if TYPE_CHECKING:
    from locksim.inprocess.requests_adapter import RequestsAdapter

__all__ = ["HttpxAsyncTransport", "HttpxTransport", "RequestsAdapter"]


def __getattr__(name: str) -> Any:
    """Load requests at its first use."""
    if name == "RequestsAdapter":
        from locksim.inprocess.requests_adapter import RequestsAdapter

        return RequestsAdapter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class HttpxTransport(httpx.BaseTransport):
    """For `httpx.Client(transport=…)`. `find`: another way to find the door at (host, scheme)."""

    def __init__(self, local: World, find: FindEndpoint | None = None) -> None:
        self._find = find or partial(endpoints.find_endpoint, local)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx's ConnectError, ReadTimeout, ReadError and LocalProtocolError, as a real connection does."""
        door = _reach(self._find, request)
        body = b"".join(cast("httpx.SyncByteStream", request.stream))
        try:
            answer = door.ask(_call(request, body), _patience(request))
        except ReadTimeout as late:
            raise httpx.ReadTimeout(str(late), request=request) from late
        return _response(request, answer)


class HttpxAsyncTransport(httpx.AsyncBaseTransport):
    """For `httpx.AsyncClient(transport=…)`, on asyncio. Several tasks of one loop may wait at once."""

    def __init__(self, local: World, find: FindEndpoint | None = None) -> None:
        self._find = find or partial(endpoints.find_endpoint, local)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises as `HttpxTransport` does."""
        door = _reach(self._find, request)
        body = b"".join([chunk async for chunk in cast("httpx.AsyncByteStream", request.stream)])
        try:
            answer = await door.ask_async(_call(request, body), _patience(request))
        except ReadTimeout as late:
            raise httpx.ReadTimeout(str(late), request=request) from late
        return _response(request, answer)


def _reach(find: FindEndpoint, request: httpx.Request) -> Endpoint:
    try:
        return find(request.url.netloc.decode("ascii"), request.url.scheme)
    except NoSuchHost as nobody:
        raise httpx.ConnectError(nobody.sentence, request=request) from nobody


def _call(request: httpx.Request, body: bytes) -> OutgoingRequest:
    target = cast("bytes", request.extensions.get("target", request.url.raw_path))
    try:
        h11.Request(method=request.method, target=target, headers=request.headers.raw)
    except h11.LocalProtocolError as wrong:
        raise httpx.LocalProtocolError(str(wrong), request=request) from wrong
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return OutgoingRequest(request.method, target.decode("latin-1"), headers, body)


def _patience(request: httpx.Request) -> float | None:
    timeouts: Mapping[str, float | None] = request.extensions.get("timeout", {})
    return timeouts.get("read")


def _response(request: httpx.Request, answer: Answer) -> httpx.Response:
    if answer.cut == 0:
        raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    bodiless = request.method == "HEAD" or answer.status in (204, 304)
    whole = b"" if bodiless else answer.body
    cut = None if bodiless or answer.cut is None or answer.cut >= len(whole) else answer.cut
    return httpx.Response(
        answer.status,
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers],
        stream=httpx.ByteStream(whole) if cut is None else _Broken(whole, cut, request),
        extensions={"http_version": b"HTTP/1.1"},
    )


class _Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that ends after `cut` of its bytes."""

    def __init__(self, whole: bytes, cut: int, request: httpx.Request) -> None:
        self._begun = whole[:cut]
        self._broken = httpx.RemoteProtocolError(
            "peer closed connection without sending complete message body "
            f"(received {cut} bytes, expected {len(whole)})",
            request=request,
        )

    def __iter__(self) -> Iterator[bytes]:
        yield self._begun
        raise self._broken

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._begun
        raise self._broken
