"""One TCP connection that speaks HTTP/1.1: complete requests come in order, and answers leave in the same order.

The parser is httptools (llhttp). The protocol around it is our own, because a simulator needs what a web server hides: the raw
target and the headers as they were written, an answer that breaks off after n bytes, a connection that is reset without an
answer, and the news at once that a waiting caller hung up. There is no task and no ASGI message per request: a request that
the world answers at once is answered inside `data_received`.

    bytes → parser → Exchange (complete, bounded) → handle(exchange) … exchange.respond(answer) → bytes

An unknown method, and raw non-ASCII in a target, reach the vendor, whose refusal they deserve. llhttp takes neither, so it gets
a request line that it takes in place of theirs.

Some requests are answered here, before any world sees them, in words that are no vendor's: 400 for what is not HTTP, 408 for a
request that takes above `REQUEST_SECONDS` to arrive, 431 for a head above `HEAD`, 413 for a body above `BODY`. A client that
closes its sending half counts as gone. An HTTP/1.0 connection is closed after every answer.
"""

from __future__ import annotations

import asyncio
import re
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from socket import SO_LINGER, SOL_SOCKET
from typing import cast

import httptools
import msgspec

from locksim.engine.inputs import Answer, Headers

__all__ = ["BODY", "Connection", "Exchange", "error_answer", "own_answer", "too_early"]

BODY = 1024 * 1024
"""Bytes of body that a request may have."""
HEAD = 256 * 1024
"""Bytes of target and headers that a request may have."""
DISCARD = 64 * 1024 * 1024
"""Bytes of an oversized body that are read and discarded, so that the client gets its 413, before it is cut off."""
REQUEST_SECONDS = 60.0
"""Seconds that a request may take to arrive, head and body."""
QUEUE = 32
"""Pipelined requests that may wait for their turn; with more, reading from the connection pauses."""
LINGER = 1.0
"""Seconds that a refused client has to read the refusal before the connection goes."""

_STATUS = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n" for s in HTTPStatus}
_METHODS = frozenset([b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT"])
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_NON_ASCII = re.compile(rb"[\x80-\xff]")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)


def own_answer(status: int, body: bytes, kind: str = "application/json", *headers: tuple[str, str]) -> Answer:
    """Return an answer of the server itself, not of a vendor."""
    return Answer(status, (("Content-Type", kind), ("Content-Length", str(len(body))), *headers), body)


def error_answer(status: int, error: str, *headers: tuple[str, str]) -> Answer:
    """Return a refusal of the server itself: `{"error": sentence}`."""
    return own_answer(status, msgspec.json.encode({"error": error}), "application/json", *headers)


def too_early(error: str) -> Answer:
    """Return the answer of a node that is not, or no longer, the owner of a world. Nothing was done: a proxy may ask another.

    The connection ends with it, so a proxy does not keep one to a node that goes.
    """
    return error_answer(425, error, ("Connection", "close"))


class Exchange:
    """One request, and the way to answer it."""

    __slots__ = (
        "_connection",
        "_size",
        "body",
        "close",
        "headers",
        "is_http10",
        "method",
        "on_disconnect",
        "refusal",
        "target",
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._size = 0
        self.method = ""
        self.target = ""
        """As it was written, with its percent-encoding."""
        self.headers: Headers = ()
        self.body = b""
        self.close = False
        """Whether the connection is closed after the answer."""
        self.is_http10 = False
        """Whether the client speaks HTTP/1.0 or older."""
        self.refusal: Answer | None = None
        """What the connection itself answers (too large, not HTTP)."""
        self.on_disconnect: Callable[[], object] | None = None
        """Called when the caller hangs up before the answer."""

    def header(self, name: str) -> str | None:
        """Return the first header of this (lower-case) name, or None."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None

    def respond(self, answer: Answer) -> None:
        """Send the answer. If the caller is gone, or was answered already, nothing happens."""
        self._connection.finish(self, answer)

    def take_over(self) -> asyncio.Transport | None:
        """Return the caller's transport, which is no longer this connection's, instead of answering. It reads nothing yet.

        None: the caller is gone, or was answered already.
        """
        return self._connection.hand_over(self)

    async def stream(self, status: int, headers: Headers, chunks: AsyncIterator[bytes]) -> None:
        """Send an answer in pieces, no faster than the caller reads. Ends early when the caller hangs up."""
        await self._connection.stream(self, status, headers, chunks)


class Connection(asyncio.Protocol):
    """The protocol of one connection.

    Args:
        handle: called with each request when it is its turn.
        peers: the set of open connections, to which this one adds itself.
        loop: the event loop, which others use too; None: a connection in process, without a loop and without others.
        tunnels: whether `handle` takes connections over at CONNECT, as a proxy does. Otherwise it is a method like any other.
    """

    def __init__(
        self,
        handle: Callable[[Exchange], None],
        peers: set[Connection],
        loop: asyncio.AbstractEventLoop | None = None,
        *,
        tunnels: bool = False,
    ) -> None:
        self._loop = loop
        self._tunnels = tunnels
        self._handle = handle
        self._peers = peers
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._new_parser()
        self._incoming: Exchange | None = None
        self._current: Exchange | None = None
        self._queue: deque[Exchange] = deque()
        self._headers: list[tuple[str, str]] = []
        self._last_head: tuple[str, str, Headers] = ("", "", ())
        """Method, target and headers of the request before."""
        self._chunks: list[bytes] = []
        self._in_head = True
        self._head = 0
        self._continuing = False
        self._ignoring = False
        self._answering = False
        self._next_round = False
        """Whether the event loop will call for the next answer."""
        self._request_line: tuple[str, str] | None = None
        """Method and target as they were written, if the parser got others."""
        self._arriving_since: float | None = None
        """When the first byte of an incomplete request came, in the event loop's time."""
        self._request_complete = False
        self._writable: asyncio.Event | None = None
        self.quiet_sweeps = 0
        """How many sweeps of the listener found no traffic since the last."""

    # ---- called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport of a new connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._peers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Report that the caller is gone."""
        self._peers.discard(self)
        self._ignoring = True
        self._queue.clear()
        if self._writable is not None:
            self._writable.set()
        current, self._current = self._current, None
        if current is not None and current.on_disconnect is not None:
            current.on_disconnect()

    def pause_writing(self) -> None:
        """Pause answers: the caller reads slower than we write."""
        self._writable = asyncio.Event()

    def resume_writing(self) -> None:
        """Go on with the answers."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None
        self._answer_next()

    def data_received(self, data: bytes) -> None:
        """Parse bytes, then answer the requests that are complete."""
        if self._ignoring:
            return
        self.quiet_sweeps = 0
        is_new = self._incoming is None
        now = 0.0 if self._loop is None else self._loop.time()
        self._arriving_since, self._request_complete = self._arriving_since or now, False
        if is_new:
            data = self._readable(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
            if self._tunnels and self._incoming is not None and self._incoming.method == "CONNECT":
                self._queue_tunnel(rest)
            else:
                self._decline_upgrade(rest)
        except httptools.HttpParserError as error:
            self._refuse(400, f"this is not valid HTTP/1.1: {error}")
        else:
            if self._in_head and self._incoming is not None and not is_new:
                self._head += len(data)
                if self._head > HEAD:
                    self._refuse(431, f"the request's target and headers are longer than {HEAD} bytes")
        if self._request_complete:
            self._arriving_since = None if self._incoming is None else now
        self._answer_next()

    def check_arrival(self) -> None:
        """Refuse a request that takes too long to arrive: its sender may want to hold connections."""
        since = self._arriving_since
        if self._loop is None or since is None:
            return
        if self._loop.time() - since > REQUEST_SECONDS and not self._ignoring:
            self._arriving_since = None
            self._refuse(408, f"the request did not arrive within {REQUEST_SECONDS:g} seconds")
            self._answer_next()

    @property
    def idle(self) -> bool:
        """Whether no request waits for its answer here."""
        return self._current is None and not self._queue

    def shut_down(self) -> None:
        """Finish what is being sent, and close. If a request still waits, the connection is reset."""
        if self._current is not None:
            self._transport.abort()
        else:
            self._ignoring = True
            self._transport.close()

    def abort(self) -> None:
        """Cut the connection off."""
        self._transport.abort()

    def _readable(self, data: bytes) -> bytes:
        """Return the bytes with a request line that the parser takes, and note the one that was written.

        Of pipelined requests only the first in a chunk of bytes is looked at; the others get a 400.
        """
        end = data.find(b"\n")
        method, _, rest = data[: max(0, end)].partition(b" ")
        if method in _METHODS and rest.isascii():
            return data
        target, _, version = rest.rpartition(b" ")
        if not _TOKEN.fullmatch(method) or not version.startswith(b"HTTP/1.") or b" " in target:
            return data
        self._request_line = method.decode(), target.decode("latin-1")
        taken = method if method in _METHODS else b"GET"
        return b"%b %b %b%b" % (taken, _NON_ASCII.sub(b"x", target), version, data[end:])

    # ---- called by the parser

    def _new_parser(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)  # what follows a close is ignored

    def on_message_begin(self) -> None:
        """Begin a request."""
        if not self._continuing:
            self._incoming = Exchange(self)
            self._headers, self._chunks, self._head = [], [], 0
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """Add a piece of the target."""
        if self._incoming is not None and not self._continuing:
            self._incoming.target += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header. Trailers after a chunked body are dropped."""
        if self._in_head and not self._continuing:
            # llhttp leaves the blanks after a value, which are not part of it (RFC 9110, 5.5).
            self._headers.append((name.decode("latin-1"), value.decode("latin-1").rstrip(" \t")))

    def on_headers_complete(self) -> None:
        """Check the complete head, and whether the body may come."""
        self._in_head = False
        exchange = self._incoming
        if exchange is None or self._continuing:
            return
        exchange.method = self._parser.get_method().decode()
        if self._request_line is not None:
            (exchange.method, exchange.target), self._request_line = self._request_line, None
        version = self._parser.get_http_version()
        if version not in ("1.1", "1.0", "0.9"):
            self._refuse(505, f"this server speaks HTTP/1.1, not HTTP/{version}")
            return
        exchange.is_http10 = version != "1.1"
        exchange.close = exchange.is_http10 or not self._parser.should_keep_alive()
        exchange.headers = tuple(self._headers)
        head = len(exchange.target) + sum(len(n) + len(v) for n, v in self._headers)
        if head > HEAD:
            self._refuse(431, f"the request's target and headers are longer than {HEAD} bytes")
            return
        length = exchange.header("content-length")
        if length is not None and length.isdigit() and int(length) > BODY:
            exchange.refusal = _too_large()
        if (exchange.header("expect") or "").lower() == "100-continue" and not exchange.is_http10:
            self._answer_expectation(exchange)
        # A journal keeps requests. What a connection repeats, mostly all headers, is kept once.
        method, target, headers = self._last_head
        exchange.method = method if exchange.method == method else exchange.method
        exchange.target = target if exchange.target == target else exchange.target
        exchange.headers = headers if exchange.headers == headers else exchange.headers
        self._last_head = (exchange.method, exchange.target, exchange.headers)

    def _answer_expectation(self, exchange: Exchange) -> None:
        """Answer a client that asks before it sends its body. One that pipelines gets no 100: its answers come in order."""
        if exchange.refusal is not None:
            self._refuse_with(exchange.refusal)
        elif self._current is None and not self._queue:
            self._transport.write(_CONTINUE)

    def on_body(self, chunk: bytes) -> None:
        """Add a piece of the body."""
        exchange = self._incoming
        if exchange is None:
            return
        exchange._size += len(chunk)
        if exchange._size <= BODY and exchange.refusal is None:
            self._chunks.append(chunk)
        elif exchange._size <= DISCARD:
            exchange.refusal = exchange.refusal or _too_large()
            self._chunks.clear()
        else:
            self._refuse_with(_too_large())

    def on_message_complete(self) -> None:
        """Queue the complete request. (For an upgrade llhttp calls this too early: the body is still to come.)"""
        exchange = self._incoming
        if exchange is None or (self._parser.should_upgrade() and not self._continuing):
            return
        exchange.body = b"".join(self._chunks)
        self._incoming, self._continuing, self._in_head, self._chunks = None, False, True, []
        self._request_complete = True
        self._queue.append(exchange)
        if len(self._queue) > QUEUE:
            self._transport.pause_reading()

    def _decline_upgrade(self, rest: bytes) -> None:
        """Treat `Upgrade: h2c` (Java's client sends it with every first request) as the ordinary request that it also is.

        llhttp stops after the head then, so a second parser reads the body, after a head that only gives its length.
        """
        if self._incoming is None:
            return
        framing = [f"{n}: {v}\r\n" for n, v in self._headers if n.lower() in ("content-length", "transfer-encoding")]
        self._new_parser()
        self._continuing = True
        try:
            self._parser.feed_data(f"POST / HTTP/1.1\r\n{''.join(framing)}\r\n".encode("latin-1") + rest)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(rest[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self._refuse(400, f"this is not valid HTTP/1.1: {error}")

    def _queue_tunnel(self, rest: bytes) -> None:
        """Queue a CONNECT as the last request of this connection. What follows it belongs to the tunnel."""
        if rest:
            self._refuse(400, "send nothing after CONNECT before its answer has come")
            return
        exchange, self._incoming = self._incoming, None
        assert exchange is not None
        exchange.close, self._ignoring, self._request_complete = True, True, True
        self._transport.pause_reading()
        self._queue.append(exchange)

    def _refuse(self, status: int, error: str) -> None:
        self._refuse_with(error_answer(status, error))

    def _refuse_with(self, refusal: Answer) -> None:
        """Answer with a refusal in its turn, and ignore whatever follows."""
        exchange = self._incoming or Exchange(self)
        exchange.refusal, exchange.close = refusal, True
        self._incoming, self._ignoring, self._chunks = None, True, []
        self._queue.append(exchange)

    # ---- answers, in the order of the requests

    @property
    def _can_answer(self) -> bool:
        return bool(self._queue) and self._current is None and self._writable is None

    def _answer_next(self) -> None:
        """Handle the next request. Those behind it wait for the event loop's next round, so that others get their turn."""
        if self._answering or self._next_round:
            return
        self._answering = True
        try:
            if self._can_answer:
                self._current = exchange = self._queue.popleft()
                if len(self._queue) == QUEUE:
                    self._transport.resume_reading()
                if exchange.refusal is not None:
                    self.finish(exchange, exchange.refusal)
                else:
                    self._handle(exchange)
        finally:
            self._answering = False
        if self._can_answer:
            if self._loop is None:
                self._answer_next()
            else:
                self._next_round = True
                self._loop.call_soon(self._begin_round)

    def _begin_round(self) -> None:
        self._next_round = False
        if self._transport.is_closing():
            self._queue.clear()
        self._answer_next()

    def finish(self, exchange: Exchange, answer: Answer) -> None:
        """Send the answer to the request whose turn it is."""
        if exchange is not self._current:
            return
        self._current = None
        if answer.cut is not None and (answer.cut == 0 or answer.status == 0):
            self._reset()
            return
        body = b"" if exchange.method == "HEAD" or answer.status in (204, 304) else answer.body
        close = exchange.close or _says_close(answer.headers)
        head = _head(answer.status, answer.headers, close=close)
        if answer.cut is not None and answer.cut < len(body):
            self._transport.write(head + body[: answer.cut])
            self._close()
            return
        self._transport.write(head + body)
        if close:
            self._close(gently=exchange.refusal is not None)
        self.quiet_sweeps = 0
        self._answer_next()

    def hand_over(self, exchange: Exchange) -> asyncio.Transport | None:
        """Give the transport away, instead of an answer to the request whose turn it is. Requests behind it are dropped."""
        if exchange is not self._current or self._transport.is_closing():
            return None
        self._current, self._ignoring = None, True
        self._queue.clear()
        self._peers.discard(self)
        self._transport.pause_reading()
        return self._transport

    async def stream(self, exchange: Exchange, status: int, headers: Headers, chunks: AsyncIterator[bytes]) -> None:
        """Send an answer in chunks; to HTTP/1.0, up to the end of the connection. An error midway resets the connection."""
        try:
            await self._stream(exchange, status, headers, chunks)
        except BaseException:
            self._transport.abort()
            raise

    async def _stream(self, exchange: Exchange, status: int, headers: Headers, chunks: AsyncIterator[bytes]) -> None:
        chunked: Headers = () if exchange.is_http10 else (("Transfer-Encoding", "chunked"),)
        if exchange is self._current:
            self._transport.write(_head(status, (*headers, *chunked), close=exchange.close))
        async for chunk in chunks:
            if self._writable is not None:
                await self._writable.wait()
            if exchange is not self._current:
                return
            if chunk and exchange.method != "HEAD":
                self._transport.write(chunk if exchange.is_http10 else b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.quiet_sweeps = 0
        if exchange is self._current:
            self._transport.write(b"" if exchange.is_http10 or exchange.method == "HEAD" else b"0\r\n\r\n")
            self._current = None
            if exchange.close:
                self._close()
            self._answer_next()

    def _close(self, *, gently: bool = False) -> None:
        """Close after what was written. Gently: a client that still sends would lose the answer to a reset."""
        self._ignoring = True
        self._queue.clear()
        if gently and self._transport.can_write_eof():
            self._transport.write_eof()
            asyncio.get_running_loop().call_later(LINGER, self._transport.close)
        else:
            self._transport.close()

    def _reset(self) -> None:
        """Reset the connection, rather than close it."""
        self._ignoring = True
        self._queue.clear()
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(SOL_SOCKET, SO_LINGER, _RESET)
        self._transport.abort()


def _too_large() -> Answer:
    return error_answer(413, f"the request's body is longer than {BODY} bytes, the limit of this server")


def _says_close(headers: Headers) -> bool:
    return any(name.lower() == "connection" and "close" in value.lower() for name, value in headers)


def _head(status: int, headers: Headers, *, close: bool) -> bytes:
    """Return status line and headers. A line break inside a header would forge another header: it becomes a space."""
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    if close and not _says_close(headers):
        lines.append("Connection: close\r\n")
    text = "".join(lines)
    if text.count("\n") != len(lines) or text.count("\r") != len(lines):
        text = "".join(f"{line[:-2].replace(chr(10), ' ').replace(chr(13), ' ')}\r\n" for line in lines)
    return (_STATUS.get(status) or f"HTTP/1.1 {status} \r\n").encode() + text.encode("latin-1", "replace") + b"\r\n"
