"""Send requests of httpx and httpx2 into a world.

httpx2 is a library of its own with httpx's interface. `library` is the module whose requests, answers and errors are meant.

1. The URL's scheme, host and port find the site. A host that no vendor has refuses the connection: with httpx's own error,
   and a sentence that names the hosts there are.
2. The world sees what would be on the wire: the raw target, the headers in their order and spelling, the whole body.
3. A read timeout counts in the world's time. An injected fault breaks an answer as it breaks on a real connection: without
   any byte it is a reset; after n bytes the body ends early, below a Content-Length that declares all of it.

A request is passed on without writing it as bytes, since tests use this way the most. h11 checks the request's head
all the same, as it does in httpx's own transport.

Not supported: trio (the driver knows asyncio only), HTTP/2, and proxies, which are ignored. The limits of the server (1 MiB of
body, 256 KiB of head) do not apply here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, cast

import h11

from locksim.engine.inputs import Answer, Headers
from locksim.inprocess.endpoints import Endpoint, FindEndpoint, NoSuchHost, OutgoingRequest, ReadTimeout

__all__ = ["send", "send_async"]


def send(library: Any, find: FindEndpoint, request: Any) -> Any:
    """Send a request into the world, and return the library's own response. Raises the library's TransportErrors."""
    endpoint = _endpoint(library, find, request)
    body = b"".join(request.stream)
    try:
        answer = endpoint.ask(_outgoing(library, request, body), _read_timeout(request))
    except ReadTimeout as late:
        raise library.ReadTimeout(str(late), request=request) from late
    return _response(library, request, answer)


async def send_async(library: Any, find: FindEndpoint, request: Any) -> Any:
    """Send a request into the world as `send` does, on asyncio."""
    endpoint = _endpoint(library, find, request)
    body = b"".join([chunk async for chunk in request.stream])
    try:
        answer = await endpoint.ask_async(_outgoing(library, request, body), _read_timeout(request))
    except ReadTimeout as late:
        raise library.ReadTimeout(str(late), request=request) from late
    return _response(library, request, answer)


def _endpoint(library: Any, find: FindEndpoint, request: Any) -> Endpoint:
    try:
        return find(request.url.netloc.decode("ascii"), request.url.scheme)
    except NoSuchHost as unknown:
        raise library.ConnectError(unknown.sentence, request=request) from unknown


def _outgoing(library: Any, request: Any, body: bytes) -> OutgoingRequest:
    target = cast("bytes", request.extensions.get("target", request.url.raw_path))
    headers = tuple(request.headers.raw)
    try:
        if not _TARGET.fullmatch(target):
            h11.Request(method=request.method, target=target, headers=[*headers])
        checked = _checked_headers(request.method, headers)
    except h11.LocalProtocolError as wrong:
        raise library.LocalProtocolError(str(wrong), request=request) from wrong
    return OutgoingRequest(request.method, target.decode("latin-1"), checked, body)


_TARGET = re.compile(rb"[!-~]+")
"""The targets that h11 accepts."""


@lru_cache(maxsize=128)
def _checked_headers(method: str, headers: tuple[tuple[bytes, bytes], ...]) -> Headers:
    """Return the headers as texts. Raises h11's LocalProtocolError. A client sends most of its requests with equal ones."""
    h11.Request(method=method, target=b"/", headers=[*headers])
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers)


def _read_timeout(request: Any) -> float | None:
    timeouts: Mapping[str, float | None] = request.extensions.get("timeout", {})
    return timeouts.get("read")


def _response(library: Any, request: Any, answer: Answer) -> Any:
    if answer.cut == 0:
        raise library.ReadError("[Errno 104] Connection reset by peer", request=request)
    bodiless = request.method == "HEAD" or answer.status in (204, 304)
    body = b"" if bodiless else answer.body
    cut = None if bodiless or answer.cut is None or answer.cut >= len(body) else answer.cut
    return library.Response(
        answer.status,
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers],
        stream=library.ByteStream(body) if cut is None else _truncated_body(library)(body, cut, request),
        extensions={"http_version": b"HTTP/1.1"},
    )


@cache
def _truncated_body(library: Any) -> Any:
    """Return the class of a body that breaks off: clients check that it is one of their library's streams."""

    class TruncatedBody(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        """A body that breaks off after `cut` bytes."""

        def __init__(self, body: bytes, cut: int, request: Any) -> None:
            self._start = body[:cut]
            self._error = library.RemoteProtocolError(
                f"peer closed connection without sending complete message body (received {cut} bytes, expected {len(body)})",
                request=request,
            )

        def __iter__(self) -> Iterator[bytes]:
            yield self._start
            raise self._error

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield self._start
            raise self._error

    return TruncatedBody
