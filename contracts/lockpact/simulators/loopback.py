"""Serve the world of one example on loopback, for a client in another process.

Nothing here waits: sockets are read when the program's selector says so, and a complete request waits until `admit` lets it
into the world. The connections are those of `locksim serve` (`locksim.http.connection`), so faults of the network are, too.

Each example has ports of its own. So a client that outlives its example reaches nothing, and its connections end.
"""

from __future__ import annotations

import selectors
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from locksim.engine.inputs import Answer
from locksim.engine.vendor import Site
from locksim.inprocess.endpoints import OutgoingRequest
from locksim.inprocess.pipe import ServerEnd

__all__ = ["CONNECTIONS", "Loopback", "OpenWorld"]

CONNECTIONS = 200
"""Connections that a client may have open. Further ones are closed at once."""
_CHUNK = 1 << 16
_RESET = struct.pack("ii", 1, 0)


class OpenWorld(Protocol):
    """A world into which requests are sent without waiting."""

    def begin_exchange(
        self, vendor: str, site: str, request: OutgoingRequest, on_answer: Callable[[Answer], None]
    ) -> Callable[[], None]:
        """Send a request. `on_answer` gets its answer, now or later. Return a function that gives the request up."""
        ...


class Loopback:
    """The listeners of one example. Set `world` before anything connects.

    Args:
        selector: Calls what is registered with it, as `lockpact.programs.program` does.
        vendor: The vendor's name.
        sites: The vendor's sites; each gets a port.
        moved: Called when something is sent to the program, or waits for that.
        may_send: Whether answers may leave now. A program that does not know the present time yet would take an answer for an
            earlier one.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        vendor: str,
        sites: Sequence[Site],
        moved: Callable[[], None],
        may_send: Callable[[], bool],
    ) -> None:
        self.world: OpenWorld
        self.addresses: dict[str, str] = {}
        """`vendor/site` → its base URL, as `WorldCore.begin` takes it."""
        self._selector, self._vendor, self._moved, self._may_send = selector, vendor, moved, may_send
        self._listeners: list[socket.socket] = []
        self._connections: list[_ServerSocket] = []
        """In the order in which they were accepted."""
        for site in sites:
            listener = socket.create_server(("127.0.0.1", 0), backlog=128)
            listener.setblocking(False)
            self._listeners.append(listener)
            self.addresses[f"{vendor}/{site.name}"] = f"http://127.0.0.1:{listener.getsockname()[1]}{site.path}"
            selector.register(listener, selectors.EVENT_READ, _Acceptor(self, listener, site.name))

    @property
    def servers(self) -> dict[str, str]:
        """The site's name → its base URL."""
        return {place.partition("/")[2]: url for place, url in self.addresses.items()}

    @property
    def holding(self) -> bool:
        """Whether answers wait until the program knows the time."""
        return any(connection.unsent for connection in self._connections)

    @property
    def waiting(self) -> bool:
        """Whether a request waits for its answer."""
        return any(connection.give_up is not None for connection in self._connections)

    def admit(self) -> bool:
        """Let all complete requests into the world, in the order of their connections. Return whether there were any."""
        admitted = False
        for connection in list(self._connections):
            request = connection.server.request
            if request is not None and connection.give_up is None:
                admitted = True
                connection.admit(self.world, self._vendor, request)
        return admitted

    def send(self) -> None:
        """Send the answers that had to wait."""
        for connection in list(self._connections):
            connection.flush()

    def close(self) -> None:
        """Close the ports and all connections."""
        for connection in list(self._connections):
            connection.close()
        for listener in self._listeners:
            self._selector.unregister(listener)
            listener.close()

    def accept(self, listener: socket.socket, site: str) -> None:
        """Accept what has connected."""
        with suppress(BlockingIOError, ConnectionAbortedError):
            while True:
                accepted, _ = listener.accept()
                if len(self._connections) >= CONNECTIONS:
                    accepted.close()
                    continue
                self._connections.append(
                    _ServerSocket(accepted, site, self._selector, self._moved, self._may_send, self._connections.remove)
                )


class _Acceptor:
    def __init__(self, loopback: Loopback, listener: socket.socket, site: str) -> None:
        self._loopback, self._listener, self._site = loopback, listener, site

    def __call__(self, _: int) -> None:
        self._loopback.accept(self._listener, self._site)


class _ServerSocket:
    """The server's end of one connection."""

    def __init__(
        self,
        accepted: socket.socket,
        site: str,
        selector: selectors.BaseSelector,
        moved: Callable[[], None],
        may_send: Callable[[], bool],
        on_close: Callable[[_ServerSocket], None],
    ) -> None:
        self.server = ServerEnd()
        self.give_up: Callable[[], None] | None = None
        """Gives up the request that waits for its answer; None if none does."""
        self._socket, self._site, self._selector = accepted, site, selector
        self._moved, self._may_send, self._on_close = moved, may_send, on_close
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(accepted, selectors.EVENT_READ, self)

    def __call__(self, _: int) -> None:
        """Read and write what is possible."""
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            self.flush()
        except OSError:
            self._lose()
        else:
            if data:
                self.server.feed(data)
                self.flush()
            else:
                self._lose()

    def admit(self, world: OpenWorld, vendor: str, request: OutgoingRequest) -> None:
        """Let the request into the world."""
        self.give_up = _nothing
        give_up = world.begin_exchange(vendor, self._site, request, self._answer)
        if self.give_up is not None:  # it was not answered at once
            self.give_up = give_up

    def close(self) -> None:
        """Close the connection: at once, so that nothing is left of it."""
        self._selector.unregister(self._socket)
        if self.server.state != "ended":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._socket.close()
        self._on_close(self)

    def _answer(self, answer: Answer) -> None:
        self.give_up = None
        self.server.reply(answer)
        self.flush()

    @property
    def unsent(self) -> bool:
        """Whether something is to be sent, or the connection to be closed."""
        return bool(self.server.out) or self.server.state != "open"

    def flush(self) -> None:
        """Send what is to be sent, if that may leave now."""
        out, server = self.server.out, self.server
        if self._socket.fileno() < 0 or not self.unsent:
            return
        self._moved()
        if not self._may_send():
            return
        try:
            while out:
                del out[: self._socket.send(out[:_CHUNK])]
        except BlockingIOError:
            self._selector.modify(self._socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self)
            return
        except OSError:
            self._lose()
            return
        self._selector.modify(self._socket, selectors.EVENT_READ, self)
        if server.state != "open":
            self.close()

    def _lose(self) -> None:
        give_up, self.give_up = self.give_up, None
        self.close()
        if give_up is not None:
            give_up()


def _nothing() -> None:
    """Give nothing up: the request is just being sent."""
