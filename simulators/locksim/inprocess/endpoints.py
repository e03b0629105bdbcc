"""The endpoints of a world in process: which vendor's site a host and a scheme lead to, and how a request is sent there.

Every client's requests arrive here, by a transport of its own. The transports know their world only as an `EndpointWorld`.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import NamedTuple, Protocol

from locksim.engine.inputs import Answer, Headers
from locksim.engine.vendor import Site

__all__ = [
    "Endpoint",
    "EndpointWorld",
    "FindEndpoint",
    "NoSuchHost",
    "NobodyAnswers",
    "OutgoingRequest",
    "ReadTimeout",
    "authority",
    "find_endpoint",
]

_PORTS = {"http": 80, "https": 443}
_CENTURY = 100 * 365 * 86_400


class ReadTimeout(Exception):
    """The caller's read timeout ended, in the world's time, before the vendor answered."""


class NobodyAnswers(Exception):
    """The caller waits without a timeout for something that nothing in the world will bring about."""


class NoSuchHost(ConnectionRefusedError):
    """No vendor in this world has the host. The sentence names the hosts that there are."""

    def __init__(self, sentence: str) -> None:
        super().__init__(errno.ECONNREFUSED, sentence)
        self.sentence = sentence


class OutgoingRequest(NamedTuple):
    """One HTTP request as it left the client: raw target, headers in their order, whole body."""

    method: str
    target: str
    headers: Headers
    body: bytes


class EndpointWorld(Protocol):
    """What the transports need of a world in process."""

    def find_site(self, host: str, scheme: str = "http") -> tuple[str, Site] | None:
        """Return the vendor's name and the site at a host (`name` or `name:port`), or None."""

    def hosts(self) -> list[str]:
        """Return the base URLs at which this world answers."""

    def ask(
        self,
        vendor: str,
        site: str,
        method: str,
        target: str,
        headers: Headers = (),
        body: bytes = b"",
        timeout: float | None = None,
    ) -> Answer:
        """Send a request and wait for its answer, in the world's time. Raises ReadTimeout, NobodyAnswers."""

    async def ask_async(
        self,
        vendor: str,
        site: str,
        method: str,
        target: str,
        headers: Headers = (),
        body: bytes = b"",
        timeout: float | None = None,
    ) -> Answer:
        """Do the same on an event loop, whose other tasks go on meanwhile."""


class Endpoint(NamedTuple):
    """One site of one vendor in one world."""

    world: EndpointWorld
    vendor: str
    site: str

    def ask(self, request: OutgoingRequest, timeout: float | None) -> Answer:
        """Send a request and wait for its answer. Raises ReadTimeout, NobodyAnswers.

        Args:
            request: the request.
            timeout: seconds of the world's time; None: no limit.
        """
        return self.world.ask(self.vendor, self.site, *request, timeout=_bounded(timeout))

    async def ask_async(self, request: OutgoingRequest, timeout: float | None) -> Answer:
        """Do the same on an event loop, whose other tasks go on meanwhile."""
        return await self.world.ask_async(self.vendor, self.site, *request, timeout=_bounded(timeout))


FindEndpoint = Callable[[str, str], Endpoint]
"""(host, scheme) → the endpoint there. Raises NoSuchHost."""


def find_endpoint(world: EndpointWorld, host: str, scheme: str) -> Endpoint:
    """Return the endpoint at a host (`name` or `name:port`). Raises NoSuchHost."""
    found = world.find_site(host, scheme)
    if found is None:
        raise NoSuchHost(
            f"there is no host {scheme}://{host} in this world, which answers for {', '.join(world.hosts())}"
        )
    vendor, site = found
    return Endpoint(world, vendor, site.name)


def _bounded(timeout: float | None) -> float | None:
    """Return no limit for a timeout that is longer than any world lasts."""
    return timeout if timeout is None or timeout < _CENTURY else None


def authority(host: str, port: int | None, scheme: str) -> str:
    """Return `name` or `name:port`, as it stands in a URL: without the scheme's default port."""
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return host if port in (None, _PORTS.get(scheme)) else f"{host}:{port}"
