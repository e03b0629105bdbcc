"""Listening sockets, and who may call there by which name.

A page in somebody's browser can let its own host name resolve to 127.0.0.1 and then talk to whatever listens there
(DNS rebinding). So every request must name this machine, or a host that the vendor behind the port really has.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterable

from locksim.engine.inputs import Answer
from locksim.http.connection import Connection, Exchange, sentence
from locksim.server.config import ServerConfig, in_url, is_address, is_loopback

__all__ = ["HostCheck", "Listener", "PortTaken", "bind"]

BACKLOG = 1024
"""Callers that may knock at the same moment."""
KEEP_ALIVE = 75.0
"""Seconds that a connection may stay open with nothing happening on it."""
_SWEEP = 15.0
_log = logging.getLogger("locksim")
_AUTHORITY = re.compile(r"(?:.*@)?(?P<name>\[[^\]]*\]|[^:]*)(?::(?P<port>\d*))?", re.ASCII)


class PortTaken(Exception):
    """An address cannot be listened on; the text says which and why."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. `port` 0 takes a free one. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortTaken(f"cannot listen on {in_url(host)}:{port}: {error.strerror or error}") from None
    except OverflowError:
        raise PortTaken(f"cannot listen on {in_url(host)}:{port}: ports end at 65535") from None


class HostCheck:
    """Who may be called here: this machine by its loopback names, the address listened on, the names that the terms give
    it, and `also`. Where it listens for other machines, any address will do: only names can be rebound."""

    def __init__(self, terms: ServerConfig, also: Iterable[str] = ()) -> None:
        self._names = {_name(h) for h in (in_url(terms.host), *terms.names, *also)}
        self._addresses = not is_loopback(terms.host)
        self._known: dict[str, bool] = {}

    def admits(self, authority: str) -> bool:
        """Whether this Host (name, perhaps with a port) is one of ours."""
        admitted = self._known.get(authority)
        if admitted is None:
            name = _name(authority)
            admitted = name in self._names or is_loopback(name) or (self._addresses and is_address(name))
            if len(self._known) < 256:
                self._known[authority] = admitted
        return admitted

    def refuses(self, e: Exchange) -> Answer | None:
        """What a request gets that names another host, or none; None when it may come in."""
        asked = [value for name, value in e.headers if name.lower() == "host"]
        if e.target.startswith(("http://", "https://")):  # as to a proxy: then the target says whom it means
            asked = [re.split("[/?#]", e.target.partition("://")[2], maxsplit=1)[0]]
        if len(asked) == 1 and self.admits(asked[0]):
            return None
        if len(asked) != 1 and not (e.old and not asked):
            return sentence(400, "a request names its host in one Host header")
        if not asked:
            return None
        return sentence(421, f"no host {asked[0]!r} is served here; call this machine by a loopback name or address")


def _name(authority: str) -> str:
    """The host name of an authority, in small letters, without port and final dot; "" for nonsense."""
    parts = _AUTHORITY.fullmatch(authority)
    return parts["name"].lower().rstrip(".") if parts else ""


class Listener:
    """One listening socket and the connections that came through it. `answer` gets each request; `secure`: over TLS."""

    def __init__(
        self, sock: socket.socket, answer: Callable[[Exchange], None], secure: ssl.SSLContext | None = None
    ) -> None:
        self._sock = sock
        self._answer = answer
        self._secure = secure
        self._peers: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._sock.getsockname()[1]
        return port

    @property
    def busy(self) -> bool:
        """Whether a connection is open."""
        return bool(self._peers)

    async def start(self) -> None:
        """Accept from now on."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self._take, self._peers), sock=self._sock, backlog=BACKLOG, ssl=self._secure
        )
        self._sweeper = loop.call_later(_SWEEP, self._sweep)

    def _take(self, e: Exchange) -> None:
        """A request: should the server itself fail on it, that costs this one request."""
        try:
            self._answer(e)
        except Exception:  # noqa: BLE001 - it costs this request, not the server
            _log.exception("%s %s could not be answered", e.method, e.target.partition("?")[0])
            e.respond(sentence(500, "locksim itself failed on this request; its console says more"))

    def _sweep(self) -> None:
        """Close connections on which nothing came for long. Who waits for an answer is left alone."""
        for peer in list(self._peers):
            peer.still += 1
            if peer.idle and peer.still > KEEP_ALIVE / _SWEEP:
                peer.shut()
        self._sweeper = asyncio.get_running_loop().call_later(_SWEEP, self._sweep)

    def close(self) -> None:
        """Accept no more, and hang up."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._server is not None:
            self._server.close()
        self._sock.close()
        for peer in list(self._peers):
            peer.shut()
