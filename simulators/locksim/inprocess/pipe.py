"""One HTTP/1.1 connection into a world without a socket: the client's own parser on real bytes at one end, and at the
other the very `Connection` that `locksim serve` has at a socket. So both ways in agree to the byte.

    client ── bytes ──▶ Wire (the server's Connection) ── Call ──▶ a Door of the world
           ◀─ bytes ──                                 ◀─ Answer ──

- `Pipe` has the surface of a blocking socket, as http.client and urllib3 use it. A request goes into the world when
  the client reads: only then its timeout stands, and that timeout then counts in the world's time. A client that
  sends and closes without reading has asked all the same, and does not wait.
- `Stream` (`locksim.inprocess.stream`) has the surface of an asyncio transport. A request goes into the world when its
  last byte is written.
- The door is looked for anew at each request, so that a kept-alive connection never leads into a world that is over.

There is no TLS: for an https host the pipe is handed over as if the handshake were done.
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
from locksim.inprocess.endpoints import Endpoint, OutgoingRequest
from locksim.inprocess.world import ReadTimeout

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

__all__ = ["Finder", "Pipe", "Wire", "was_reset"]

Finder = Callable[[OutgoingRequest], Endpoint]
"""Finds the door for a call. Raises NoSuchHost."""


class Wire(asyncio.Transport):
    """The server's end of one connection, without IO: `feed` what comes, take the `asked`, `reply`, send `out`.

    It is what the server's `Connection` takes for its transport. `state` is what follows when `out` is sent: open,
    ended (by a FIN), or reset (by a RST).
    """

    def __init__(self) -> None:
        super().__init__()
        self.out = bytearray()
        self.state: Literal["open", "ended", "reset"] = "open"
        self._asked: Exchange | None = None
        self._server = Connection(self._take, set())
        self._server.connection_made(self)

    @property
    def asked(self) -> OutgoingRequest | None:
        """The request that is to be answered next, once it is whole."""
        e = self._asked
        return None if e is None or self.state != "open" else OutgoingRequest(e.method, e.target, e.headers, e.body)

    def feed(self, data: bytes) -> None:
        """What the client sent."""
        self._server.data_received(data)

    def reply(self, answer: Answer) -> None:
        """The answer to what was `asked`."""
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.respond(answer)

    def _take(self, exchange: Exchange) -> None:
        self._asked = exchange

    # ---- the server's view of it

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Bytes for the client."""
        self.out += data

    def close(self) -> None:
        """End behind what was written."""
        self.state = "ended"

    def abort(self) -> None:
        """Reset; what was written is lost."""
        self.out.clear()
        self.state = "reset"

    def can_write_eof(self) -> bool:
        """No: closing does it."""
        return False

    def pause_reading(self) -> None:
        """The server has enough for now. What the client sends next waits in memory, as it would in its machine."""

    def resume_reading(self) -> None:
        """The server goes on."""


def was_reset() -> ConnectionResetError:
    """What a reader is told by a RST."""
    return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")


class Pipe:
    """A blocking socket's surface, for http.client and what is built upon it. One thread at a time."""

    def __init__(self, find: Finder, timeout: float | None = None) -> None:
        self._find = find
        self._timeout = timeout
        self._wire = Wire()
        self._closed = False
        self._readers = 0

    def sendall(self, data: ReadableBuffer) -> None:
        """Raises BrokenPipeError when either side has closed."""
        if self._closed or self._wire.state != "open":
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        self._wire.feed(bytes(data))

    def send(self, data: ReadableBuffer) -> int:
        """All of it, always."""
        self.sendall(data)
        return memoryview(data).nbytes

    def recv_into(self, buffer: WriteableBuffer) -> int:
        """Some bytes of the answer; 0 at the end. Raises TimeoutError, ConnectionResetError."""
        wire = self._wire
        while not wire.out:
            if wire.state == "reset":
                raise was_reset()
            if wire.state == "ended":
                return 0
            self._ask()
        room = memoryview(buffer).cast("B")
        count = min(len(room), len(wire.out))
        room[:count] = wire.out[:count]
        del wire.out[:count]
        return count

    def recv(self, size: int) -> bytes:
        """As `recv_into`, in bytes of its own."""
        room = bytearray(size)
        return bytes(room[: self.recv_into(room)])

    def makefile(self, mode: str = "r", buffering: int | None = None) -> io.BufferedReader:
        """For reading bytes. As with a socket, the connection lasts until this file is closed too."""
        if mode != "rb":
            raise ValueError(f"a pipe into a world makes files for reading bytes ('rb'), not {mode!r}")
        return io.BufferedReader(_Reader(self))

    def settimeout(self, timeout: float | None) -> None:
        """For reads, in seconds of the world's time. None: no limit."""
        self._timeout = timeout

    def gettimeout(self) -> float | None:
        """What `settimeout` set."""
        return self._timeout

    def setsockopt(self, *_: object) -> None:
        """There is nothing to set."""

    def shutdown(self, how: int) -> None:
        """As `close`, for both directions."""
        self._wire.abort()

    def fileno(self) -> int:
        """A descriptor on which nothing ever arrives: urllib3 polls it to see whether a kept connection is dropped."""
        return _quiet()

    def close(self) -> None:
        """Hang up, when no file reads any more."""
        if not self._closed:
            self._closed = True
            self.release(0)

    def acquire(self) -> None:
        """A file begins to read."""
        self._readers += 1

    def release(self, readers: int = 1) -> None:
        """A file is closed."""
        self._readers -= readers
        if self._closed and self._readers == 0:
            with contextlib.suppress(OSError):  # nobody reads the answer, nor an error
                self._ask(timeout=0)

    def _ask(self, timeout: float | None = None) -> None:
        """Let the next call into the world, and take its answer."""
        call = self._wire.asked
        if call is not None:
            answer = CONNECTION_RESET
            try:
                answer = self._find(call).ask(call, self._timeout if timeout is None else timeout)
            except ReadTimeout as late:
                raise TimeoutError("timed out") from late
            finally:
                self._wire.reply(answer)
        elif not self._wire.out and self._wire.state == "open":
            if self._timeout is not None:
                raise TimeoutError("timed out")
            raise OSError("this read would wait for ever: no whole request has been sent, and there is no timeout")


class _Reader(io.RawIOBase):
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
def _quiet() -> int:
    """One for the whole process, opened when first asked for. Both ends stay open, and nobody writes."""
    mine, _theirs = (end.detach() for end in socket.socketpair())
    return mine
