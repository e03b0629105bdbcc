"""An HTTP/1.1 connection into a world without a socket.

At one end is the client's own parser, on real bytes. At the other is the `Connection` that `locksim serve` has at a socket, so
that both ways into a world agree to the byte.

    client ── bytes ──▶ ServerEnd (the server's Connection) ── OutgoingRequest ──▶ an Endpoint of the world
           ◀─ bytes ──                                      ◀── Answer ──────────

- `Pipe` has the interface of a blocking socket, as http.client and urllib3 use it. A request enters the world when the client
  reads: only then its timeout is known, and that timeout counts in the world's time. A client that sends and closes without
  reading has sent its request all the same, and does not wait.
- `Stream` (`locksim.inprocess.stream`) has the interface of an asyncio transport. A request enters the world when its last byte
  is written.
- The endpoint is looked up at each request, so that a kept-alive connection never leads into a world that has ended.

There is no TLS: for an https host the pipe behaves as after the handshake.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import socket
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from locksim.engine.inputs import CONNECTION_RESET, Answer
from locksim.http.connection import Connection, Exchange
from locksim.inprocess.endpoints import Endpoint, OutgoingRequest, ReadTimeout

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

__all__ = ["FindForRequest", "Pipe", "ServerEnd", "reset_error"]

FindForRequest = Callable[[OutgoingRequest], Endpoint]
"""Finds the endpoint for a request. Raises NoSuchHost."""


class ServerEnd(asyncio.Transport):
    """The server's end of one connection, without IO: `feed` the client's bytes, answer `request` with `reply`, send `out`.

    The server's `Connection` uses it as its transport. `state` says what follows when `out` is sent: the connection is open, it
    ended (by a FIN), or it was reset (by a RST).
    """

    def __init__(self) -> None:
        super().__init__()
        self.out = bytearray()
        self.state: Literal["open", "ended", "reset"] = "open"
        self._exchange: Exchange | None = None
        self._connection = Connection(self._take, set())
        self._connection.connection_made(self)

    @property
    def request(self) -> OutgoingRequest | None:
        """The request that is to be answered next, once it is complete."""
        exchange = self._exchange
        if exchange is None or self.state != "open":
            return None
        return OutgoingRequest(exchange.method, exchange.target, exchange.headers, exchange.body)

    def feed(self, data: bytes) -> None:
        """Take bytes of the client."""
        self._connection.data_received(data)

    def reply(self, answer: Answer) -> None:
        """Answer the `request`."""
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.respond(answer)

    def _take(self, exchange: Exchange) -> None:
        self._exchange = exchange

    # ---- the transport that the server's connection uses

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Take bytes for the client."""
        self.out += data

    def close(self) -> None:
        """End the connection after what was written."""
        self.state = "ended"

    def abort(self) -> None:
        """Reset the connection. What was written is lost."""
        self.out.clear()
        self.state = "reset"

    def can_write_eof(self) -> bool:
        """Return False: the connection is closed instead."""
        return False

    def pause_reading(self) -> None:
        """Do nothing: what the client sends next waits in memory, as it would in its machine."""

    def resume_reading(self) -> None:
        """Do nothing."""


def reset_error() -> ConnectionResetError:
    """Return the error that a reader gets after a RST."""
    return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")


class Pipe:
    """The interface of a blocking socket, for http.client and what is built on it. For one thread at a time."""

    def __init__(self, find: FindForRequest, timeout: float | None = None) -> None:
        self._find = find
        self._timeout = timeout
        self._server = ServerEnd()
        self._closed = False
        self._readers = 0

    def sendall(self, data: ReadableBuffer) -> None:
        """Send bytes. Raises BrokenPipeError when either side has closed."""
        if self._closed or self._server.state != "open":
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        self._server.feed(bytes(data))

    def send(self, data: ReadableBuffer) -> int:
        """Send all bytes, and return their number."""
        self.sendall(data)
        return memoryview(data).nbytes

    def recv_into(self, buffer: WriteableBuffer) -> int:
        """Read bytes of the answer into a buffer, and return their number; 0 at the end.

        Raises:
            TimeoutError: the timeout ended, in the world's time.
            ConnectionResetError: the connection was reset.
        """
        server = self._server
        while not server.out:
            if server.state == "reset":
                raise reset_error()
            if server.state == "ended":
                return 0
            self._ask()
        room = memoryview(buffer).cast("B")
        count = min(len(room), len(server.out))
        room[:count] = server.out[:count]
        del server.out[:count]
        return count

    def recv(self, size: int) -> bytes:
        """Read at most `size` bytes of the answer. Raises as `recv_into` does."""
        room = bytearray(size)
        return bytes(room[: self.recv_into(room)])

    def makefile(self, mode: str = "r", buffering: int | None = None) -> io.BufferedReader:
        """Return a file for reading bytes. As with a socket, the connection lasts until this file is closed too."""
        if mode != "rb":
            raise ValueError(f"a pipe into a world makes files for reading bytes ('rb'), not {mode!r}")
        return io.BufferedReader(_PipeFile(self))

    def settimeout(self, timeout: float | None) -> None:
        """Set the timeout of reads, in seconds of the world's time. None: no limit."""
        self._timeout = timeout

    def gettimeout(self) -> float | None:
        """Return the timeout."""
        return self._timeout

    def setsockopt(self, *_: object) -> None:
        """Do nothing: there are no options."""

    def shutdown(self, how: int) -> None:
        """Close both directions."""
        self._server.abort()

    def fileno(self) -> int:
        """Return a descriptor on which nothing ever arrives: urllib3 polls it to see whether a kept connection is dropped."""
        return _silent_descriptor()

    def close(self) -> None:
        """Close the connection, as soon as no file reads from it."""
        if not self._closed:
            self._closed = True
            self.release(0)

    def acquire(self) -> None:
        """Count a file that reads."""
        self._readers += 1

    def release(self, readers: int = 1) -> None:
        """Count a file that is closed."""
        self._readers -= readers
        if self._closed and self._readers == 0:
            with contextlib.suppress(OSError):  # nobody reads the answer, nor an error
                self._ask(timeout=0)

    def _ask(self, timeout: float | None = None) -> None:
        """Let the next request into the world, and take its answer."""
        request = self._server.request
        if request is not None:
            answer = CONNECTION_RESET
            try:
                answer = self._find(request).ask(request, self._timeout if timeout is None else timeout)
            except ReadTimeout as late:
                raise TimeoutError("timed out") from late
            finally:
                self._server.reply(answer)
        elif not self._server.out and self._server.state == "open":
            if self._timeout is not None:
                raise TimeoutError("timed out")
            raise OSError("this read would wait for ever: no whole request has been sent, and there is no timeout")


class _PipeFile(io.RawIOBase):
    """A `Pipe` as a raw file."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self._pipe = pipe
        pipe.acquire()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        return self._pipe.recv_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._pipe.release()


@cache
def _silent_descriptor() -> int:
    """Open a socket pair for the whole process. Both ends stay open, and nobody writes."""
    mine, _theirs = (end.detach() for end in socket.socketpair())
    return mine
