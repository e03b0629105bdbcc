"""Two connections that get each other's bytes, as a proxy needs them for a host that it lets through."""

from __future__ import annotations

import asyncio
from typing import cast

__all__ = ["Relay", "relay"]


class Relay(asyncio.Protocol):
    """One of the two connections.

    Args:
        listens: whether what arrives here is sent on. Otherwise it is dropped.
    """

    def __init__(self, *, listens: bool = True) -> None:
        self._listens = listens
        self._ended = not listens
        """Whether nothing more comes from here."""
        self._transport: asyncio.Transport | None = None
        self.other: Relay | None = None
        """The other connection, once there is one."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport. It reads nothing until there is another one that takes it."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Send bytes on."""
        if self._listens and self.other is not None and self.other._transport is not None:
            self.other._transport.write(data)

    def eof_received(self) -> bool:
        """End the other direction's sending half. Returns whether this connection stays open."""
        if not self._listens:
            return True
        self._ended = True
        other = self.other
        if other is None or other._ended or other._transport is None or not other._transport.can_write_eof():
            return False
        other._transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other one, when it has sent what it has got."""
        if self.other is not None and self.other._transport is not None:
            self.other._transport.close()

    def pause_writing(self) -> None:
        """Let the other one read no faster than this one can send."""
        if self.other is not None and self.other._transport is not None:
            self.other._transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the other one read on."""
        if self.other is not None and self.other._transport is not None:
            self.other._transport.resume_reading()

    def start(self) -> None:
        """Begin to read."""
        if self._transport is not None:
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self._transport is not None:
            self._transport.write(data)

    def abort(self) -> None:
        """Cut the connection off."""
        if self._transport is not None:
            self._transport.abort()


def relay(caller: asyncio.Transport, upstream: Relay, *, both_ways: bool = True) -> Relay:
    """Join a caller's transport, which reads nothing yet, and a connection. Return the caller's half.

    Args:
        caller: the transport.
        upstream: the other half; it is connected.
        both_ways: whether the caller's bytes are sent on, too.
    """
    half = Relay(listens=both_ways)
    caller.set_protocol(half)
    half.connection_made(caller)
    half.other, upstream.other = upstream, half
    half.start()
    upstream.start()
    return half
