"""The surface of an asyncio transport on a connection into a world; see `locksim.inprocess.pipe` for its theory.

A request goes into the world when its last byte is written, in the context of the task that writes it; it is waited
for in a task of its own. A reader may pause: the rest of the answer waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from locksim.inprocess.endpoints import Endpoint, NoSuchHost, OutgoingRequest
from locksim.inprocess.pipe import Finder, Wire, was_reset
from locksim.inprocess.world import ReadTimeout

__all__ = ["Stream"]

_CHUNK = 1 << 16


class Stream(asyncio.Transport):
    """An asyncio transport's surface. Of one loop, like any other."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, find: Finder) -> None:
        super().__init__()
        self.patience: Callable[[Endpoint], float | None] = lambda door: None
        """How long the next call's answer may take, in seconds of the world's time."""
        self.late: Callable[[], None] = lambda: None
        """Called when it took longer, before the connection is lost."""
        self._loop, self._protocol, self._find = loop, protocol, find
        self._wire = Wire()
        self._asking: asyncio.Task[None] | None = None
        self._paused = self._closing = self._lost = False
        protocol.connection_made(self)

    # ---- what the client does

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Bytes of a request. After the end they go nowhere, as with any transport."""
        if not self._closing and self._wire.state == "open":
            self._wire.feed(bytes(data))
            self._next()

    def can_write_eof(self) -> bool:
        """No: HTTP/1.1 delimits its messages."""
        return False

    def get_write_buffer_size(self) -> int:
        """Nothing is ever held back."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is ever held back."""

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who reads."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Another reader."""
        self._protocol = cast("asyncio.Protocol", protocol)

    def is_reading(self) -> bool:
        """Whether bytes are handed on."""
        return not (self._paused or self._closing)

    def pause_reading(self) -> None:
        """Hold the rest of the answer back."""
        self._paused = True

    def resume_reading(self) -> None:
        """Go on."""
        if self._paused:
            self._paused = False
            self._loop.call_soon(self._push)

    def is_closing(self) -> bool:
        """Whether it is over."""
        return self._closing

    def close(self) -> None:
        """Hang up; a call that waits is given up."""
        self._lose(None)

    def abort(self) -> None:
        """The same."""
        self._lose(None)

    def retire(self) -> None:
        """Pass for closing from now on, so that no pool takes it again. The loop is left alone: it may be over."""
        self._closing = True

    # ---- what the world does

    def _next(self) -> None:
        if self._asking is not None:
            return
        call = self._wire.asked
        self._push()
        if call is None:
            return
        try:
            door = self._find(call)
        except NoSuchHost as nobody:
            self._lose(nobody)
            return
        self._asking = self._loop.create_task(self._ask(door, call))

    async def _ask(self, door: Endpoint, call: OutgoingRequest) -> None:
        try:
            answer = await door.ask_async(call, self.patience(door))
        except ReadTimeout:
            self.late()
            self._lose(None)
        except Exception as broken:  # noqa: BLE001 - it is the client's to see, whatever it is
            self._lose(broken)
        else:
            self._asking = None
            self._wire.reply(answer)
            self._push()
            self._next()

    def _push(self) -> None:
        wire = self._wire
        while wire.out and self.is_reading():
            chunk = bytes(wire.out[:_CHUNK])
            del wire.out[:_CHUNK]
            self._protocol.data_received(chunk)
        if wire.out or self._closing:
            return
        if wire.state == "reset":
            self._lose(was_reset())
        elif wire.state == "ended":
            self._protocol.eof_received()
            self._lose(None)

    def _lose(self, why: Exception | None) -> None:
        if self._lost:
            return
        self._closing = self._lost = True
        if self._asking is not None and self._asking is not asyncio.current_task():
            self._asking.cancel()
        self._loop.call_soon(self._protocol.connection_lost, why)
