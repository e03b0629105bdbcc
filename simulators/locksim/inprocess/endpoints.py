"""Which site of a world a caller has reached by the host that it dialled, and how it asks there.

Every way in ends here, whatever the client: a host and a scheme find a `Endpoint`, and a `OutgoingRequest` goes through it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from locksim.engine.inputs import Answer, Headers

if TYPE_CHECKING:
    from locksim.inprocess.world import World

__all__ = ["Endpoint", "FindEndpoint", "NoSuchHost", "OutgoingRequest", "authority", "find_endpoint"]

_PORTS = {"http": 80, "https": 443}
_CENTURY = 100 * 365 * 86_400


class NoSuchHost(ConnectionRefusedError):
    """Nobody in this world listens at the host; the sentence names the hosts that there are."""

    def __init__(self, sentence: str) -> None:
        super().__init__(errno.ECONNREFUSED, sentence)
        self.sentence = sentence


class OutgoingRequest(NamedTuple):
    """One HTTP request as it left the client: raw target, headers in their order, whole body."""

    method: str
    target: str
    headers: Headers
    body: bytes


class Endpoint(NamedTuple):
    """One site of one vendor in one world."""

    local: World
    vendor: str
    site: str

    def ask(self, call: OutgoingRequest, timeout: float | None) -> Answer:
        """Waits in the world's time. Raises locksim.inprocess.world's ReadTimeout and NobodyAnswers."""
        return self.local.ask(self.vendor, self.site, *call, timeout=_patience(timeout))

    async def ask_async(self, call: OutgoingRequest, timeout: float | None) -> Answer:
        """The same on an event loop, whose other tasks go on meanwhile."""
        return await self.local.ask_async(self.vendor, self.site, *call, timeout=_patience(timeout))


FindEndpoint = Callable[[str, str], Endpoint]
"""(host, scheme) → the door there. Raises NoSuchHost."""


def find_endpoint(local: World, host: str, scheme: str) -> Endpoint:
    """The door at a host (`name` or `name:port`). Raises NoSuchHost."""
    found = local.settle_host(host, scheme)
    if found is None:
        raise NoSuchHost(f"{scheme}://{host} is no host of this world, which answers for {', '.join(_known(local))}")
    vendor, site = found
    return Endpoint(local, vendor, site.name)


def _patience(timeout: float | None) -> float | None:
    """Longer than any world lasts is no limit."""
    return timeout if timeout is None or timeout < _CENTURY else None


def _known(local: World) -> list[str]:
    """Where this world answers: each site's address, then the other names that the vendor's real one has."""
    core = local.core
    places = [(core.url(v.name, s.name), s) for v in core.vendors.values() for s in v.sites]
    return list(dict.fromkeys(url for here, s in places for url in (here, *(f"{s.scheme}://{h}" for h in s.hosts))))


def authority(host: str, port: int | None, scheme: str) -> str:
    """`name` or `name:port`, as it stands in a URL: without the port that the scheme has anyway."""
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return host if port in (None, _PORTS.get(scheme)) else f"{host}:{port}"
