"""Refuses connections to the vendors' real hosts, so that a test that forgets its transport opens nobody's lock.

The pytest plugin turns it on. All clients resolve a name with `socket.getaddrinfo`, or connect a `socket.socket`; both are
replaced. A client behind a proxy does neither, and is not seen.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["ADDRESSES", "DOMAINS", "VendorHostBlocked", "block"]

DOMAINS = (
    "coreapi-sandbox.appspot.com",
    "coreapi-beta.appspot.com",
    "pre-release-dot-coreapi-sandbox.appspot.com",
    "pre-release-dot-coreapi-beta.appspot.com",
    "remotelock.com",
    "lockstate.com",
    "lockt.com",
    "codelocks.io",
    "nuki.io",
)
"""The vendors' domains. Their subdomains are meant too."""
ADDRESSES = frozenset((f"192.168.1.{number}", 8080) for number in (50, 51, 52))
"""The address of a Nuki bridge in its document's examples, where the simulated one is found, and those of added bridges."""


class VendorHostBlocked(RuntimeError):
    """A test dialled a vendor's real host. It is no OSError, so clients do not take it for a network failure."""


@contextmanager
def block() -> Iterator[None]:
    """Raise VendorHostBlocked inside where something dials a vendor's host."""
    resolve, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

    def getaddrinfo(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        _check(host, port)
        return resolve(host, port, *rest, **options)

    def checked_connect(self: socket.socket, address: Any) -> None:
        _check_address(address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        _check_address(address)
        return connect_ex(self, address)

    _set(getaddrinfo, checked_connect, checked_connect_ex)
    try:
        yield
    finally:
        _set(resolve, connect, connect_ex)


def _set(getaddrinfo: Any, connect: Any, connect_ex: Any) -> None:
    socket.getaddrinfo = getaddrinfo
    socket.socket.connect, socket.socket.connect_ex = connect, connect_ex  # type: ignore[method-assign]


def _check_address(address: Any) -> None:
    if isinstance(address, tuple):
        _check(address[0], address[1])


def _check(host: Any, port: Any) -> None:
    name = (host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)).lower().rstrip(".")
    if (name, port) in ADDRESSES or any(name == domain or name.endswith(f".{domain}") for domain in DOMAINS):
        raise VendorHostBlocked(
            f"a test dialled {name}:{port}, a vendor's real host, so lockpact refused. Give the client the simulator's "
            f"transport, or use `with lock_world.intercept():`. If the test is meant to reach the vendor, mark it with "
            f"@pytest.mark.vendor_hosts."
        )
