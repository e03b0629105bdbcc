"""One TCP connection that speaks HTTP/1.1: requests come off it whole, answers go back on it in order.

The parser is httptools (llhttp); the protocol around it is ours, because a stand-in needs what a web server hides:
the raw target and the headers as they were written, an answer that breaks off after so many bytes, a connection that
is reset without a word, and to be told at once when a caller who waits hangs up. There is no task and no ASGI message
per request: a request that the world answers at once is answered inside `data_received`.

    bytes → parser → Exchange (whole, bounded) → handle(exchange) … exchange.respond(answer) → bytes

What is answered here, before any world hears of it, in words that are no vendor's: what is no HTTP (400: unknown
methods and raw non-ASCII in a target among it), a head above 64 KiB (431), a body above `BODY` (413). A client that closes
its sending half is taken for gone, and HTTP/1.0 gets its connection closed behind every answer.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from socket import SO_LINGER, SOL_SOCKET
from typing import cast

import httptools
import msgspec

from locksim.engine.inputs import Answer, Headers

__all__ = ["BODY", "Connection", "Exchange", "plain", "sentence"]

BODY = 1024 * 1024
"""Bytes of body that a request may have."""
HEAD = 64 * 1024
"""Bytes of target and headers that a request may have."""
DISCARD = 64 * 1024 * 1024
"""Bytes of an oversized body that are read and thrown away so that the client hears its 413, before it is cut off."""
QUEUE = 32
"""Pipelined requests that wait for their turn before the connection is read no further."""
LINGER = 1.0
"""Seconds that a refused client has to read the refusal before the connection goes."""

_STATUS = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n" for s in HTTPStatus}
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)


def plain(status: int, body: bytes, kind: str = "application/json", *more: tuple[str, str]) -> Answer:
    """An answer of the server's own, of no vendor's."""
    return Answer(status, (("Content-Type", kind), ("Content-Length", str(len(body))), *more), body)


def sentence(status: int, error: str, *more: tuple[str, str]) -> Answer:
    """A refusal of the server's own: `{"error": sentence}`."""
    return plain(status, msgspec.json.encode({"error": error}), "application/json", *more)


class Exchange:
    """One request, and the way back to its caller."""

    __slots__ = ("_connection", "_size", "body", "close", "gone", "headers", "method", "old", "refusal", "target")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._size = 0
        self.method = ""
        self.target = ""
        """As it was written: percent-encoding untouched."""
        self.headers: Headers = ()
        self.body = b""
        self.close = False
        """Whether the connection ends behind this answer."""
        self.old = False
        """Whether the client speaks HTTP/1.0 or older."""
        self.refusal: Answer | None = None
        """What the connection itself answers (too large, no HTTP)."""
        self.gone: Callable[[], None] | None = None
        """Told when the caller hangs up before the answer."""

    def header(self, name: str) -> str | None:
        """The first header of this (lower-case) name."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None

    def respond(self, answer: Answer) -> None:
        """Send the answer. For a caller who has gone, and for a second answer, nothing happens."""
        self._connection.finish(self, answer)

    async def stream(self, status: int, headers: Headers, chunks: AsyncIterator[bytes]) -> None:
        """Send an answer piece by piece, no faster than the caller reads. Ends early when the caller goes."""
        await self._connection.stream(self, status, headers, chunks)


class Connection(asyncio.Protocol):
    """The protocol of one connection. `handle` gets each request when it is its turn; `peers` is who is open."""

    def __init__(self, handle: Callable[[Exchange], None], peers: set[Connection]) -> None:
        self._handle = handle
        self._peers = peers
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._new_parser()
        self._incoming: Exchange | None = None
        self._current: Exchange | None = None
        self._queue: deque[Exchange] = deque()
        self._headers: list[tuple[str, str]] = []
        self._chunks: list[bytes] = []
        self._in_head = True
        self._head = 0
        self._continuing = False
        self._deaf = False
        self._answering = False
        self._writable: asyncio.Event | None = None
        self.still = 0
        """How many sweeps found nothing new here."""

    # The transport's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone called."""
        self._transport = cast("asyncio.Transport", transport)
        self._peers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """They hung up, or we did."""
        self._peers.discard(self)
        self._deaf = True
        self._queue.clear()
        if self._writable is not None:
            self._writable.set()
        current, self._current = self._current, None
        if current is not None and current.gone is not None:
            current.gone()

    def pause_writing(self) -> None:
        """The caller reads slower than we write."""
        self._writable = asyncio.Event()

    def resume_writing(self) -> None:
        """The caller has caught up."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None
        self._answer_next()

    def data_received(self, data: bytes) -> None:
        """Bytes: parse them, then answer what has come whole."""
        if self._deaf:
            return
        self.still = 0
        fresh = self._incoming is None
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self._refuse(400, f"this is not HTTP/1.1 as this server reads it: {error}")
        else:
            if self._in_head and self._incoming is not None and not fresh:
                self._head += len(data)
                if self._head > HEAD:
                    self._refuse(431, f"the request's target and headers are longer than {HEAD} bytes")
        self._answer_next()

    @property
    def idle(self) -> bool:
        """Whether nobody waits here for an answer."""
        return self._current is None and not self._queue

    def shut(self) -> None:
        """Finish what is being sent, and close; a caller who still waits is cut off."""
        if self._current is not None:
            self._transport.abort()
        else:
            self._deaf = True
            self._transport.close()

    # The parser's side.

    def _new_parser(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)  # what follows a close is ignored

    def on_message_begin(self) -> None:
        """A request begins."""
        if not self._continuing:
            self._incoming = Exchange(self)
            self._headers, self._chunks, self._head = [], [], 0
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        """A piece of the target."""
        if self._incoming is not None and not self._continuing:
            self._incoming.target += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; trailers behind a chunked body are dropped."""
        if self._in_head and not self._continuing:
            # llhttp leaves the blanks behind a value, which are none of it (RFC 9110, 5.5).
            self._headers.append((name.decode("latin-1"), value.decode("latin-1").rstrip(" \t")))

    def on_headers_complete(self) -> None:
        """The head is whole: see whether the body will be welcome."""
        self._in_head = False
        e = self._incoming
        if e is None or self._continuing:
            return
        e.method = self._parser.get_method().decode()
        e.old = self._parser.get_http_version() != "1.1"
        e.close = e.old or not self._parser.should_keep_alive()
        e.headers = tuple(self._headers)
        head = len(e.target) + sum(len(n) + len(v) for n, v in self._headers)
        if head > HEAD:
            self._refuse(431, f"the request's target and headers are longer than {HEAD} bytes")
            return
        length = e.header("content-length")
        if length is not None and length.isdigit() and int(length) > BODY:
            e.refusal = _too_large()
        if (e.header("expect") or "").lower() == "100-continue" and not e.old:
            self._expected(e)

    def _expected(self, e: Exchange) -> None:
        """The client asks before it sends its body. One that pipelines is not told: its answers come in order."""
        if e.refusal is not None:
            self._refuse_with(e.refusal)
        elif self._current is None and not self._queue:
            self._transport.write(_CONTINUE)

    def on_body(self, chunk: bytes) -> None:
        """A piece of the body."""
        e = self._incoming
        if e is None:
            return
        e._size += len(chunk)
        if e._size <= BODY and e.refusal is None:
            self._chunks.append(chunk)
        elif e._size <= DISCARD:
            e.refusal = e.refusal or _too_large()
            self._chunks.clear()
        else:
            self._refuse_with(_too_large())

    def on_message_complete(self) -> None:
        """The request is whole. (One that asks for an upgrade says so too early: its body is still to come.)"""
        e = self._incoming
        if e is None or (self._parser.should_upgrade() and not self._continuing):
            return
        e.body = b"".join(self._chunks)
        self._incoming, self._continuing, self._in_head, self._chunks = None, False, True, []
        self._queue.append(e)
        if len(self._queue) > QUEUE:
            self._transport.pause_reading()

    def _decline_upgrade(self, rest: bytes) -> None:
        """Take `Upgrade: h2c` (Java's client sends it with every first request) as the plain request that it also is.

        llhttp stops at the head then, so a second parser reads the body, behind a head that only tells its length.
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
            self._refuse(400, f"this is not HTTP/1.1 as this server reads it: {error}")

    def _refuse(self, status: int, error: str) -> None:
        self._refuse_with(sentence(status, error))

    def _refuse_with(self, refusal: Answer) -> None:
        """Answer this in its turn, and hear no more."""
        e = self._incoming or Exchange(self)
        e.refusal, e.close = refusal, True
        self._incoming, self._deaf, self._chunks = None, True, []
        self._queue.append(e)

    # Answers, one after another.

    def _answer_next(self) -> None:
        if self._answering:
            return
        self._answering = True
        try:
            while self._queue and self._current is None and self._writable is None:
                self._current = e = self._queue.popleft()
                if len(self._queue) == QUEUE:
                    self._transport.resume_reading()
                if e.refusal is not None:
                    self.finish(e, e.refusal)
                else:
                    self._handle(e)
        finally:
            self._answering = False

    def finish(self, e: Exchange, answer: Answer) -> None:
        """Send the answer to the request whose turn it is."""
        if e is not self._current:
            return
        self._current = None
        if answer.cut is not None and (answer.cut == 0 or answer.status == 0):
            self._reset()
            return
        body = b"" if e.method == "HEAD" or answer.status in (204, 304) else answer.body
        close = e.close or _says_close(answer.headers)
        head = _head(answer.status, answer.headers, close=close)
        if answer.cut is not None and answer.cut < len(body):
            self._transport.write(head + body[: answer.cut])
            self._close()
            return
        self._transport.write(head + body)
        if close:
            self._close(gently=e.refusal is not None)
        self.still = 0
        self._answer_next()

    async def stream(self, e: Exchange, status: int, headers: Headers, chunks: AsyncIterator[bytes]) -> None:
        """Send an answer in chunks; to HTTP/1.0, up to the end of the connection. What fails midway breaks it off."""
        try:
            await self._stream(e, status, headers, chunks)
        except BaseException:
            self._transport.abort()
            raise

    async def _stream(self, e: Exchange, status: int, headers: Headers, chunks: AsyncIterator[bytes]) -> None:
        chunked: Headers = () if e.old else (("Transfer-Encoding", "chunked"),)
        if e is self._current:
            self._transport.write(_head(status, (*headers, *chunked), close=e.close))
        async for chunk in chunks:
            if self._writable is not None:
                await self._writable.wait()
            if e is not self._current:
                return
            if chunk and e.method != "HEAD":
                self._transport.write(chunk if e.old else b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.still = 0
        if e is self._current:
            self._transport.write(b"" if e.old or e.method == "HEAD" else b"0\r\n\r\n")
            self._current = None
            if e.close:
                self._close()
            self._answer_next()

    def _close(self, *, gently: bool = False) -> None:
        """Close behind what was written. Gently: a client that still sends would lose the answer to a reset."""
        self._deaf = True
        self._queue.clear()
        if gently and self._transport.can_write_eof():
            self._transport.write_eof()
            asyncio.get_running_loop().call_later(LINGER, self._transport.close)
        else:
            self._transport.close()

    def _reset(self) -> None:
        """Break the connection so that the client's machine says *reset*, not *closed*."""
        self._deaf = True
        self._queue.clear()
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(SOL_SOCKET, SO_LINGER, _RESET)
        self._transport.abort()


def _too_large() -> Answer:
    return sentence(413, f"the request's body is longer than {BODY} bytes, which is what this server takes")


def _says_close(headers: Headers) -> bool:
    return any(name.lower() == "connection" and "close" in value.lower() for name, value in headers)


def _head(status: int, headers: Headers, *, close: bool) -> bytes:
    """Status line and headers. A line break inside a header would forge another: it becomes a space."""
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    if close and not _says_close(headers):
        lines.append("Connection: close\r\n")
    text = "".join(lines)
    if text.count("\n") != len(lines) or text.count("\r") != len(lines):
        text = "".join(f"{line[:-2].replace(chr(10), ' ').replace(chr(13), ' ')}\r\n" for line in lines)
    return (_STATUS.get(status) or f"HTTP/1.1 {status} \r\n").encode() + text.encode("latin-1", "replace") + b"\r\n"
