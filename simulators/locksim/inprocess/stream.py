"""An asyncio transport over a connection into a world. See `locksim.inprocess.pipe` for the theory of operation.

A request enters the world when its last byte is written, in the context of the task that writes it. A task of its own waits for
the answer. A reader may pause: the rest of the answer then waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from locksim.inprocess.endpoints import Endpoint, NoSuchHost, OutgoingRequest, ReadTimeout
from locksim.inprocess.pipe import FindForRequest, ServerEnd, reset_error

__all__ = ["Stream"]

_CHUNK = 1 << 16


class Stream(asyncio.Transport):
    """An asyncio transport. It belongs to one loop, as any other does."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, find: FindForRequest) -> None:
        super().__init__()
        self.read_timeout: Callable[[], float | None] = lambda: None
        """Returns how long the next request's answer may take, in seconds of the world's time."""
        self.on_timeout: Callable[[], None] = lambda: None
        """Called when the answer took longer, before the connection is lost."""
        self._loop, self._protocol, self._find = loop, protocol, find
        self._server = ServerEnd()
        self._asking: asyncio.Task[None] | None = None
        self._paused = self._closing = self._lost = False
        protocol.connection_made(self)

    # ---- what the client does

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Take bytes of a request. After the end they are dropped, as by any transport."""
        if not self._closing and self._server.state == "open":
            self._server.feed(bytes(data))
            self._next()

    def can_write_eof(self) -> bool:
        """Return False: HTTP/1.1 delimits its messages."""
        return False

    def get_write_buffer_size(self) -> int:
        """Return 0: nothing is ever buffered."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: nothing is ever buffered."""

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return the protocol that reads."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Set another protocol to read."""
        self._protocol = cast("asyncio.Protocol", protocol)

    def is_reading(self) -> bool:
        """Return whether the protocol gets bytes."""
        return not (self._paused or self._closing)

    def pause_reading(self) -> None:
        """Keep the rest of the answer."""
        self._paused = True

    def resume_reading(self) -> None:
        """Pass on the rest of the answer."""
        if self._paused:
            self._paused = False
            self._loop.call_soon(self._push)

    def is_closing(self) -> bool:
        """Return whether the connection is closed, or about to be."""
        return self._closing

    def close(self) -> None:
        """Close the connection. A request that waits is given up."""
        self._lose(None)

    def abort(self) -> None:
        """Close the connection."""
        self._lose(None)

    def retire(self) -> None:
        """Report to be closing from now on, so that no pool takes the connection again. The loop may have ended already."""
        self._closing = True

    # ---- what the world does

    def _next(self) -> None:
        if self._asking is not None:
            return
        request = self._server.request
        self._push()
        if request is None:
            return
        try:
            endpoint = self._find(request)
        except NoSuchHost as unknown:
            self._lose(unknown)
            return
        self._asking = self._loop.create_task(self._ask(endpoint, request))

    async def _ask(self, endpoint: Endpoint, request: OutgoingRequest) -> None:
        try:
            answer = await endpoint.ask_async(request, self.read_timeout())
        except ReadTimeout:
            self.on_timeout()
            self._lose(None)
        except Exception as broken:  # noqa: BLE001 - the client gets it, whatever it is
            self._lose(broken)
        else:
            self._asking = None
            self._server.reply(answer)
            self._push()
            self._next()

    def _push(self) -> None:
        server = self._server
        while server.out and self.is_reading():
            chunk = bytes(server.out[:_CHUNK])
            del server.out[:_CHUNK]
            self._protocol.data_received(chunk)
        if server.out or self._closing:
            return
        if server.state == "reset":
            self._lose(reset_error())
        elif server.state == "ended":
            self._protocol.eof_received()
            self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._closing = self._lost = True
        if self._asking is not None and self._asking is not asyncio.current_task():
            self._asking.cancel()
        self._loop.call_soon(self._protocol.connection_lost, error)
