"""A server's configuration: who may call it, what it may call, and its limits."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from locksim.engine.errors import Refused
from locksim.server.access_log import WriteRecord
from locksim.server.tracing import WriteSpan

__all__ = [
    "LOOPBACK",
    "MAX_WORLDS",
    "Network",
    "ProxyConfig",
    "ServerConfig",
    "check_public_url",
    "host_in_url",
    "is_address",
    "is_loopback",
    "network",
    "plain_address",
]

MAX_WORLDS = 1000

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
"""The networks of this machine itself."""


@dataclass(frozen=True)
class ProxyConfig:
    """The configuration of a server's forward proxy."""

    folder: Path
    """Where the files are written by which clients trust it. It should be private, and goes with the server."""
    port: int = 0
    """0: a free one."""
    authority: Path | None = None
    """The folder that keeps its certificate authority; None: a new one for each server."""
    passes: tuple[str, ...] = ()
    """Hosts that are let through to the network: `name`, `name:port` or `*.domain`, in lower case."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Other hosts (`name` or `name:port`) that it answers for → `vendor` or `vendor/site`."""


@dataclass(frozen=True)
class ServerConfig:
    """The configuration of a server. Raises Refused when other machines could use the control API without a token."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    names: tuple[str, ...] = ()
    """Other host names of this server. The first one stands in its URLs."""
    admin_token: str | None = None
    """What callers of the control API and the console must show. None: nothing; allowed on loopback only."""
    deliver_to: tuple[Network, ...] = ()
    """Networks that deliveries may go to. This machine is added, unless others can reach the server."""
    max_worlds: int = MAX_WORLDS
    idle: float | None = None
    """Real seconds after which a world that nobody used is dropped (the default world never is)."""
    mask: bool = False
    """Whether journals show no secrets (and cannot be replayed)."""
    tls: Path | None = None
    """The folder of the certificate authority; None: plain HTTP."""
    proxy: ProxyConfig | None = None
    """The forward proxy for the vendors' real hosts; None: there is none."""
    log: WriteRecord | None = None
    """Is called with each request to a vendor, when it has its answer."""
    trace: WriteSpan | None = None
    """Is called with each turn, when it has ended."""
    public_url: str | None = None
    """The URL of the control port as callers of a cluster see it. Vendors' ports keep their distance from its port."""
    node: str | None = None
    """The name of this node in its cluster."""

    def __post_init__(self) -> None:
        if self.admin_token == "" or (self.admin_token is not None and not self.admin_token.isascii()):
            raise Refused("an admin token must be ASCII, and not empty")
        if self.exposed and self.admin_token is None:
            raise Refused(
                f"on {self.host} other machines could use the control API without a password; "
                "give --admin-token, or listen on a loopback address"
            )
        if self.public_url is not None:
            check_public_url(self.public_url)

    @property
    def _public(self) -> SplitResult:
        return urlsplit(self.public_url or "")

    @property
    def public_port(self) -> int | None:
        """The control port as callers of a cluster see it; None: as it is here."""
        return self._public.port

    @property
    def all_names(self) -> tuple[str, ...]:
        """All host names of this server."""
        return (*self.names, self._public.netloc.rpartition(":")[0]) if self.public_url else self.names

    @property
    def domain(self) -> str:
        """What follows a world's name in a host name, with its dot: `.locks.example`; empty if there are no such names."""
        host = self._public.hostname or ""
        return f".{host}" if host and not is_address(host) else ""

    @property
    def exposed(self) -> bool:
        """Whether other machines can reach the server."""
        return not is_loopback(self.host)

    @property
    def receivers(self) -> tuple[Network, ...]:
        """The networks that deliveries may go to. Another machine's user must not reach services that trust this machine."""
        return self.deliver_to if self.exposed else (*LOOPBACK, *self.deliver_to)

    @property
    def url_host(self) -> str:
        """The host in this server's own URLs."""
        if self.public_url is not None:
            return host_in_url(self._public.hostname or "")
        if self.names:
            return self.names[0]
        if is_address(self.host) and plain_address(self.host).is_unspecified:
            return "[::1]" if ":" in self.host else "127.0.0.1"
        return host_in_url(self.host)

    @property
    def scheme(self) -> str:
        """`https` or `http`."""
        if self.public_url is not None:
            return self._public.scheme
        return "http" if self.tls is None else "https"


def check_public_url(url: str) -> None:
    """Check a cluster's public URL. Raises Refused."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    plain = not (parts.query or parts.fragment or parts.username or parts.password or parts.path not in ("", "/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or not port or not plain:
        raise Refused(
            f"a public URL is written as http://locks.example:8700, with a port and without a path, not {url!r}"
        )


def network(text: str) -> Network:
    """Return the network of a text: an address, or a network as `192.168.1.0/24`. Raises ValueError."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as wrong:
        raise ValueError(f"{wrong}; a network is written as 192.168.1.0/24") from None


def host_in_url(host: str) -> str:
    """Return the host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def is_address(host: str) -> bool:
    """Return whether this is an IP address, rather than a name."""
    try:
        plain_address(host)
    except ValueError:
        return False
    return True


def plain_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address, without brackets and zone; an IPv4-mapped one as IPv4. Raises ValueError."""
    parsed = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


def is_loopback(host: str) -> bool:
    """Return whether this name or address can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return is_address(host) and plain_address(host).is_loopback
