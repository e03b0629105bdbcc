"""The forward proxy: it hands the vendors' real hosts to the simulators, for programs that cannot be given another address.

1. `CONNECT api.vendor.example:443` opens a tunnel. Inside it the proxy is the vendor's host: it shows a certificate with
   that name, of the authority of this server, and each request is a turn of the world as if it had come to the vendor's own port.
   A host whose scheme is http gets a tunnel without TLS.
2. `GET http://192.168.1.50:8080/…` (absolute form) is such a request without a tunnel. Some clients send `https://` so, too.
3. Any other host is refused, with a sentence. Hosts that are let through by name (`--proxy-pass`) are reached on the network;
   so is loopback, unless other machines can reach the proxy.
4. Requests go to the world `default`, or to the one that is named as the proxy's user: `http://world-1@127.0.0.1:8706`.

A page in a browser cannot use it: it can send neither CONNECT nor an absolute target to a host that it has not been set as a
proxy for, and everything else is refused.
"""

from __future__ import annotations

import asyncio
import binascii
import logging
import re
import ssl
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple
from urllib.parse import unquote

from locksim.engine.errors import Refused
from locksim.engine.inputs import Headers
from locksim.engine.vendor import Site, Vendor
from locksim.http.connection import Exchange, error_answer
from locksim.http.relay import Relay, relay
from locksim.http.tls import Authority
from locksim.server.config import ProxyConfig, is_loopback
from locksim.server.listener import Listener, bind
from locksim.server.worlds import VendorEndpoint, WorldRegistry

__all__ = ["Proxy"]

CONNECT_SECONDS = 10.0
"""Seconds that a host that is let through has to accept a connection."""
MOST_PASSED = 256
"""Connections that may be let through at one time."""
_MOST_NOTED = 100
_PORTS = {"http": 80, "https": 443}
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]{1,253}))(?::(?P<port>[0-9]{1,5}))?")
_NOT_FORWARDED = frozenset(
    (
        "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te",
        "trailer", "transfer-encoding", "upgrade",
    )
)  # fmt: skip
"""Headers that are between a client and its proxy, or are made anew."""
_log = logging.getLogger("locksim")


class _Place(NamedTuple):
    """A host and a port."""

    name: str
    port: int

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port in _PORTS.values() else f"{name}:{self.port}"


class _Simulated(NamedTuple):
    """What the proxy answers for: one of a vendor's sites, at one host."""

    vendor: Vendor
    site: Site
    host: str

    @property
    def url(self) -> str:
        return f"{self.site.scheme}://{self.host}"


class Proxy:
    """The proxy of a server, with its port.

    Args:
        registry: the server's worlds.
        config: the proxy's configuration.

    Raises:
        PortTaken: the address is in use.
        Refused: a host is to be simulated as a site that there is not, or the authority cannot be used.
    """

    def __init__(self, registry: WorldRegistry, config: ProxyConfig) -> None:
        self._registry = registry
        self._config = config
        self._authority = Authority(config.authority, "the proxy")
        self._simulated = _simulated(registry.vendors, config.hosts)
        self._connecting: set[asyncio.Task[None]] = set()
        self.refused: dict[str, int] = {}
        """The hosts that were refused, and how often; the first ones only."""
        self._halves: set[Relay] = set()
        self.listener = Listener(bind(registry.config.host, config.port), self._answer, tunnels=True)

    @property
    def certificate(self) -> bytes:
        """The authority's certificate, as PEM."""
        return self._authority.certificate

    @property
    def url(self) -> str:
        """The proxy's URL, for HTTPS_PROXY."""
        return f"http://{self._registry.config.url_host}:{self.listener.port}"

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """The TLS context of all hosts. One certificate has all names: PHP's default stream context keeps the first one."""
        return self._authority.context(at.name for at, one in self._simulated.items() if one.site.scheme == "https")

    @property
    def hosts(self) -> list[str]:
        """The base URLs that it answers for."""
        return [one.url for one in self._simulated.values()]

    def close(self) -> None:
        """Accept no more connections, and close those that are open."""
        self.listener.close()
        for task in list(self._connecting):
            task.cancel()
        for half in list(self._halves):
            half.abort()

    # ---- what a request asks for

    def _answer(self, exchange: Exchange) -> None:
        scheme, _, rest = exchange.target.partition("://")
        if exchange.method == "CONNECT":
            place, answer = _place(exchange.target, "https"), self._tunnel
        elif scheme.lower() in _PORTS and rest:
            place, answer = _place(re.split("[/?#]", rest, maxsplit=1)[0], scheme.lower()), self._forward
        else:
            self._refuse(
                exchange, 400,
                "this is a forward proxy: set it as HTTPS_PROXY and HTTP_PROXY. The simulators' own addresses are in the "
                "connection info",
                "this is a forward proxy",
            )  # fmt: skip
            return
        if place is None:
            self._refuse(exchange, 400, "this names no host that a proxy could reach", "invalid host")
            return
        answer(exchange, place)

    def _tunnel(self, exchange: Exchange, place: _Place) -> None:
        """Answer CONNECT."""
        found = self._simulated.get(place)
        if found is None:
            self._let_through(exchange, place, False, _ESTABLISHED, b"")
            return
        answer = self._endpoint(exchange, found)
        transport = None if answer is None else exchange.take_over()
        if answer is None or transport is None:
            return
        transport.write(_ESTABLISHED)
        self.listener.adopt(transport, answer, self._tls if found.site.scheme == "https" else None)

    def _forward(self, exchange: Exchange, place: _Place) -> None:
        """Answer a request with an absolute target."""
        scheme, _, rest = exchange.target.partition("://")
        authority = re.split("[/?#]", rest, maxsplit=1)[0]
        path = rest[len(authority) :].partition("#")[0]
        exchange.target = path if path.startswith("/") else f"/{path}"
        kept = [(name, value) for name, value in exchange.headers if not _between_hops(name)]
        found = self._simulated.get(place)
        if found is None:
            headers = [one for one in kept if one[0].lower() not in _NOT_FORWARDED]
            head = _head(exchange, authority.rpartition("@")[2], headers)
            self._let_through(exchange, place, scheme.lower() == "https", b"", head + exchange.body)
            return
        answer = self._endpoint(exchange, found)
        if answer is not None:
            host = ("Host", authority.rpartition("@")[2])
            exchange.headers = (host, *(one for one in kept if one[0].lower() != "host"))
            answer(exchange)

    def _endpoint(self, exchange: Exchange, found: _Simulated) -> Callable[[Exchange], None] | None:
        """Return what answers for a site in the world that the proxy's user names; None when that was refused."""
        world = _user(exchange.header("proxy-authorization") or "")
        if world and all(one.core.name != world for one in self._registry.worlds()):
            self._refuse(
                exchange, 403,
                f"there is no world {world!r}, which the proxy's URL names as its user; make it with POST /_sim/worlds",
                "no such world",
            )  # fmt: skip
            return None
        return VendorEndpoint(self._registry, found.vendor, [found.site], world or None, [found.host])

    # ---- hosts that are not simulated

    def _let_through(self, exchange: Exchange, place: _Place, tls: bool, greeting: bytes, request: bytes) -> None:
        """Join the caller and a host on the network, or refuse.

        Args:
            exchange: the request.
            place: where it wants to go.
            tls: whether the proxy itself speaks TLS with the host.
            greeting: what the caller gets when the host has accepted.
            request: what the host gets then. Empty: what the caller sends.
        """
        if not self._may_pass(place):
            self._note_refused(place)
            self._refuse(
                exchange, 403, self._refusal(place), f"{place} is not simulated; see --proxy-pass {place.name}"
            )
        elif len(self._connecting) + len(self._halves) >= MOST_PASSED:
            self._refuse(exchange, 503, f"{MOST_PASSED} connections are let through already", "too many connections")
        else:
            task = asyncio.get_running_loop().create_task(self._join(exchange, place, tls, greeting, request))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    def _may_pass(self, place: _Place) -> bool:
        if is_loopback(place.name) and not self._registry.config.exposed:
            return True
        return any(
            one in (place.name, f"{place.name}:{place.port}") or (one.startswith("*.") and place.name.endswith(one[1:]))
            for one in self._config.passes
        )

    def _note_refused(self, place: _Place) -> None:
        name = str(place)
        if name in self.refused:
            self.refused[name] += 1
        elif len(self.refused) < _MOST_NOTED:
            self.refused[name] = 1
            _log.warning("proxy: %s", self._refusal(place))

    def _refusal(self, place: _Place) -> str:
        there = next((one.url for at, one in self._simulated.items() if at.name == place.name), None)
        hint = f" (there is {there})" if there else ""
        return f"{place} is not simulated{hint}, and not let through; to reach it on the network: --proxy-pass {place.name}"

    async def _join(self, exchange: Exchange, place: _Place, tls: bool, greeting: bytes, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        upstream = _Upstream(self._halves)
        context = ssl.create_default_context() if tls else None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await loop.create_connection(lambda: upstream, place.name, place.port, ssl=context)
        except (OSError, TimeoutError) as error:
            why = "no answer" if isinstance(error, TimeoutError) else getattr(error, "strerror", None) or str(error)
            self._refuse(exchange, 502, f"{place} is let through, but cannot be reached: {why}", f"no way to {place}")
            return
        caller = exchange.take_over()
        if caller is None:
            upstream.abort()
            return
        caller.write(greeting)
        upstream.write(request)
        relay(caller, upstream, both_ways=not request)

    def _refuse(self, exchange: Exchange, status: int, sentence: str, phrase: str) -> None:
        """Refuse. Most clients show only the status line of a refused CONNECT, so the phrase there says what matters."""
        answer = error_answer(status, sentence)
        if exchange.method != "CONNECT":
            exchange.respond(answer)
            return
        transport = exchange.take_over()
        if transport is not None:
            lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in answer.headers)]
            head = "\r\n".join([*lines, "Connection: close", "", ""])
            transport.write(head.encode("ascii", "replace") + answer.body)
            transport.close()


class _Upstream(Relay):
    """The half towards a host on the network. It is in `open_` as long as it is connected."""

    def __init__(self, open_: set[Relay]) -> None:
        super().__init__()
        self._open = open_

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._open.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        super().connection_lost(exc)


def _simulated(vendors: Mapping[str, Vendor], more: Mapping[str, str]) -> dict[_Place, _Simulated]:
    """Return what is simulated where: the vendors' real hosts, and `more` (host → `vendor/site`). Raises Refused."""
    found: dict[_Place, _Simulated] = {}
    for vendor in vendors.values():
        for site in vendor.sites:
            for host in site.hosts:
                _add(found, host, vendor, site)
    for host, name in more.items():
        vendor_name, _, site_name = name.partition("/")
        vendor_found = vendors.get(vendor_name)
        sites = () if vendor_found is None else vendor_found.sites
        site_found = next((one for one in sites if site_name in ("", one.name)), None)
        if vendor_found is None or site_found is None:
            names = ", ".join(f"{v.name}/{s.name}" for v in vendors.values() for s in v.sites)
            raise Refused(f"the proxy cannot answer for {host} as {name!r}; there are: {names}")
        _add(found, host, vendor_found, site_found)
    return found


def _add(found: dict[_Place, _Simulated], host: str, vendor: Vendor, site: Site) -> None:
    place = _place(host, site.scheme)
    if place is None:
        raise Refused(f"{host!r} is not a host; write it as lock.example or 192.168.7.20:8080")
    found[place] = _Simulated(vendor, site, host.lower())


def _place(authority: str, scheme: str) -> _Place | None:
    """Return the host and the port of an authority; None if it is invalid."""
    parts = _AUTHORITY.fullmatch(authority.rpartition("@")[2])
    if parts is None or (parts["port"] and not 0 < int(parts["port"]) < 65536):
        return None
    return _Place((parts["v6"] or parts["name"]).lower().rstrip("."), int(parts["port"] or _PORTS[scheme]))


def _between_hops(name: str) -> bool:
    return name.lower() in ("proxy-authorization", "proxy-connection")


def _head(exchange: Exchange, host: str, headers: list[tuple[str, str]]) -> bytes:
    """Return the head of a request that is forwarded to a host on the network."""
    length: Headers = (("Content-Length", str(len(exchange.body))),)
    if not exchange.body and exchange.method not in ("POST", "PUT", "PATCH"):
        length = ()
    lines = [f"{name}: {value}\r\n" for name, value in (("Host", host), *headers, *length, ("Connection", "close"))]
    return f"{exchange.method} {exchange.target} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1", "replace")


def _user(authorization: str) -> str:
    """Return the user in a Proxy-Authorization header; empty without one."""
    scheme, _, shown = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return unquote(b64decode(shown, validate=True).decode("utf-8", "replace").partition(":")[0])
    except binascii.Error:
        return ""
