"""Listening sockets, and the check of the Host header.

A page in a browser can let its own host name resolve to 127.0.0.1 and then call whatever listens there (DNS rebinding). So every
request must name this machine, or a host that the vendor behind the port really has.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
from asyncio import sslproto
from collections.abc import Callable, Iterable
from functools import partial

from locksim.engine.inputs import Answer
from locksim.http.connection import Connection, Exchange, error_answer
from locksim.server.config import ServerConfig, host_in_url, is_address, is_loopback

__all__ = ["HostCheck", "Listener", "PortTaken", "bind"]

BACKLOG = 1024
"""Connections that may wait to be accepted."""
KEEP_ALIVE = 75.0
"""Seconds that a connection may stay open without traffic."""
_SWEEP = 15.0
_GOODBYE = 0.2
"""Seconds that a client in a tunnel has to end TLS in order."""
_log = logging.getLogger("locksim")
_AUTHORITY = re.compile(r"(?:.*@)?(?P<name>\[[^\]]*\]|[^:]*)(?::(?P<port>\d*))?", re.ASCII)


class PortTaken(Exception):
    """The server cannot listen on an address. The text says which, and why."""


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket. Port 0 takes a free one. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortTaken(f"cannot listen on {host_in_url(host)}:{port}: {error.strerror or error}") from None
    except OverflowError:
        raise PortTaken(f"cannot listen on {host_in_url(host)}:{port}: ports end at 65535") from None
    # Accepted sockets inherit it. asyncio sets it only on sockets that name their protocol, and these do not: without it each
    # part of a stream but the first waits 40 ms, until the client has acknowledged the part before.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class HostCheck:
    """Checks which host a request names.

    Loopback names, the address listened on and the configured names are accepted. If the server listens for other machines, any
    address is accepted: only names can be rebound.

    Args:
        config: the server's configuration.
        more: other host names to accept.
    """

    def __init__(self, config: ServerConfig, more: Iterable[str] = ()) -> None:
        self._names = {_name(host) for host in (host_in_url(config.host), *config.all_names, *more)}
        self._domain = config.domain
        self._any_address = not is_loopback(config.host)
        self._known: dict[str, bool] = {}

    def accepts(self, authority: str) -> bool:
        """Return whether this Host (a name, perhaps with a port) is accepted."""
        accepted = self._known.get(authority)
        if accepted is None:
            name = _name(authority)
            accepted = name in self._names or is_loopback(name) or (self._any_address and is_address(name))
            accepted = accepted or bool(self._domain and name.endswith(self._domain))
            if len(self._known) < 256:
                self._known[authority] = accepted
        return accepted

    def refusal(self, exchange: Exchange) -> Answer | None:
        """Return the answer to a request that names a wrong host, or none; None when the request is accepted."""
        hosts = [value for name, value in exchange.headers if name.lower() == "host"]
        if exchange.target.startswith(("http://", "https://")):  # a request to a proxy: its target names the host
            hosts = [re.split("[/?#]", exchange.target.partition("://")[2], maxsplit=1)[0]]
        if len(hosts) == 1 and self.accepts(hosts[0]):
            return None
        if len(hosts) != 1 and not (exchange.is_http10 and not hosts):
            return error_answer(400, "a request must have one Host header")
        if not hosts:
            return None
        return error_answer(421, f"there is no host {hosts[0]!r} here; use a loopback name or address of this machine")


def _name(authority: str) -> str:
    """Return the host name of an authority in lower case, without port and final dot; "" if it is invalid."""
    parts = _AUTHORITY.fullmatch(authority)
    return parts["name"].lower().rstrip(".") if parts else ""


class _Peers(set[Connection]):
    """The open connections of a listener. One that opens after the listener was closed ends at once.

    asyncio opens an accepted socket's connection some rounds later, or after its TLS handshake.
    """

    closed = False

    def add(self, connection: Connection) -> None:
        super().add(connection)
        if self.closed:
            connection.shut_down()


class Listener:
    """One listening socket, and its connections.

    Args:
        sock: the socket.
        answer: called with each request.
        tls: the TLS context; None: plain HTTP.
        tunnels: whether `answer` takes connections over at CONNECT.
    """

    def __init__(
        self,
        sock: socket.socket,
        answer: Callable[[Exchange], None],
        tls: ssl.SSLContext | None = None,
        *,
        tunnels: bool = False,
    ) -> None:
        self._sock = sock
        self._answer = answer
        self._tls = tls
        self._tunnels = tunnels
        self._peers = _Peers()
        self._handshakes: set[asyncio.Transport] = set()
        """Adopted transports whose TLS handshake has not ended."""
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int:
        """The port on which it listens."""
        port: int = self._sock.getsockname()[1]
        return port

    @property
    def busy(self) -> bool:
        """Whether a connection is open."""
        return bool(self._peers)

    async def start(self) -> None:
        """Accept connections from now on."""
        loop = asyncio.get_running_loop()
        take = partial(_take, self._answer)
        self._server = await loop.create_server(
            lambda: Connection(take, self._peers, loop, tunnels=self._tunnels),
            sock=self._sock, backlog=BACKLOG, ssl=self._tls,
        )  # fmt: skip
        self._sweeper = loop.call_later(_SWEEP, self._sweep)

    def adopt(
        self, transport: asyncio.Transport, answer: Callable[[Exchange], None], tls: ssl.SSLContext | None = None
    ) -> None:
        """Read requests from a transport that was taken over, as from a new connection.

        Args:
            transport: the transport; it reads nothing yet.
            answer: called with each request.
            tls: the context of a server's side of TLS; None: plain HTTP.
        """
        loop = asyncio.get_running_loop()
        connection = Connection(partial(_take, answer), self._peers, loop)
        if tls is None:
            protocol: asyncio.BaseProtocol = connection
            connection.connection_made(transport)
        else:
            # Not `loop.start_tls`, which lets data arrive before the connection knows its transport.
            ended: asyncio.Future[None] = loop.create_future()
            self._handshakes.add(transport)
            ended.add_done_callback(partial(self._end_handshake, transport))
            protocol = sslproto.SSLProtocol(
                loop, connection, tls, ended, server_side=True, ssl_shutdown_timeout=_GOODBYE
            )
            protocol.connection_made(transport)
        transport.set_protocol(protocol)
        transport.resume_reading()

    def _end_handshake(self, transport: asyncio.Transport, ended: asyncio.Future[None]) -> None:
        self._handshakes.discard(transport)
        if not ended.cancelled():
            ended.exception()  # a client that does not trust us says so itself

    def _sweep(self) -> None:
        """Close connections without traffic. Those with a pending request stay open."""
        for peer in list(self._peers):
            peer.quiet_sweeps += 1
            peer.check_arrival()
            if peer.idle and peer.quiet_sweeps > KEEP_ALIVE / _SWEEP:
                peer.shut_down()
        self._sweeper = asyncio.get_running_loop().call_later(_SWEEP, self._sweep)

    def close(self) -> None:
        """Accept no more connections, and close those that are open."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._server is not None and self._sock.fileno() >= 0:
            # Not `Server.close`: then asyncio loses the sockets that it has accepted, and whose connections it has not opened.
            asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()
        self._peers.closed = True
        for peer in list(self._peers):
            peer.shut_down()
        for transport in list(self._handshakes):
            transport.abort()

    def abort(self) -> None:
        """Cut off what is still open after `close`."""
        for peer in list(self._peers):
            peer.abort()


def _take(answer: Callable[[Exchange], None], exchange: Exchange) -> None:
    try:
        answer(exchange)
    except Exception:  # noqa: BLE001 - it costs this request, not the server
        _log.exception("%s %s could not be answered", exchange.method, exchange.target.partition("?")[0])
        exchange.respond(error_answer(500, "locksim itself failed on this request; its console says more"))
