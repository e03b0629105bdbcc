"""A load on one URL, from a process of its own: `python -m bench.load URL [--connections 2] [--seconds 3]`.

Each connection asks again as soon as it has its answer; a server that closes it is dialled again. Prints one JSON
object, see `Load`. It speaks to loopback only, and stops by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

import httptools
import msgspec

__all__ = ["Load", "main", "quantile"]

PATIENCE = 10.0
"""Seconds for one answer."""


class Load(msgspec.Struct):
    """What a load found. Times of one request in microseconds."""

    requests: int
    seconds: float
    rate: float
    p50: float
    p99: float
    worst: float
    failures: int
    """Answers that were not 2xx."""


def quantile(sorted_values: list[float], q: float) -> float:
    """The value below which a share `q` of the sorted values lies."""
    return sorted_values[min(len(sorted_values) - 1, int(q * len(sorted_values)))]


@dataclass
class Caller(asyncio.Protocol):
    """One connection; where the server closes it behind an answer, the next one."""

    host: str
    port: int
    request: bytes
    until: float
    over: asyncio.Future[None]
    took: list[float] = field(default_factory=list)
    failures: int = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.asked = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self.took.append((now - self.asked) * 1e6)
        self.failures += not 200 <= self.parser.get_status_code() < 300
        if now < self.until and self.parser.should_keep_alive():
            # Not from within the parser, which a new answer would enter again.
            asyncio.get_running_loop().call_soon(self.ask)
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if time.perf_counter() < self.until:
            self.dialling = asyncio.get_running_loop().create_task(self.dial())
        elif not self.over.done():
            self.over.set_result(None)

    async def dial(self) -> None:
        """Connect, and ask."""
        await asyncio.get_running_loop().create_connection(lambda: self, self.host, self.port)


async def load(url: str, connections: int, seconds: float, headers: list[str]) -> Load:
    """GET the URL for `seconds` over so many connections."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    if not ip_address(host).is_loopback:
        raise SystemExit(f"{host} is not on this machine: a load goes to a loopback address only")
    target = parts.path or "/"
    if parts.query:
        target += "?" + parts.query
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}:{port}", *headers, "", ""]
    request = "\r\n".join(lines).encode()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    callers = []
    for _ in range(connections):
        caller = Caller(host, port, request, began + seconds, loop.create_future())
        await caller.dial()
        callers.append(caller)
    await asyncio.wait_for(asyncio.gather(*(caller.over for caller in callers)), seconds + PATIENCE)
    lasted = time.perf_counter() - began
    took = sorted(t for caller in callers for t in caller.took)
    if not took:
        raise SystemExit(f"{url} answered nothing")
    failures = sum(caller.failures for caller in callers)
    return Load(len(took), lasted, len(took) / lasted, quantile(took, 0.5), quantile(took, 0.99), took[-1], failures)


def main() -> None:
    """The command."""
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("url")
    args.add_argument("--connections", type=int, default=2)
    args.add_argument("--seconds", type=float, default=3.0)
    args.add_argument("--header", action="append", default=[])
    given = args.parse_args()
    found = asyncio.run(load(given.url, given.connections, given.seconds, given.header))
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")


if __name__ == "__main__":
    main()
