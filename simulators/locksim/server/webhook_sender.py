"""The webhook sender: performs the deliveries in a world's outbox over real HTTP, and reports their outcomes.

Each receiver gets one attempt at a time, in the order of the outbox; different receivers are served at the same time. A
receiver may be slow or dead, or call back into the world: only the next delivery to the same receiver waits for it, and no
longer than `TIMEOUT`.

The sender speaks HTTP itself rather than through a client library, for three reasons: the request has the vendor's headers and
no others; the address that was checked is the address that is called; and `locksim serve` starts without loading a client.
Only the networks that the server's configuration allows are called: loopback, unless other machines can reach the server. The
certificate of an `https` receiver is not checked: a test's receiver has a self-made one. Redirects are not followed: their
status is the outcome. A delivery that goes to no URL (a mail, a text) needs no receiver: the list of deliveries is its inbox,
and its outcome is 200.

Outcomes: a status; or `refused` (nobody listens), `timeout`, `blocked` (not in an allowed network), `unresolved` (no such
host), `broken` (the connection broke, or the answer is not HTTP).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import SplitResult, quote, urlsplit

import httptools

from locksim.engine.deliveries import Attempt, Delivery
from locksim.engine.timestamps import SECOND
from locksim.server.config import LOOPBACK, Network, is_address, plain_address

__all__ = ["TIMEOUT", "WebhookSender"]

TIMEOUT = 5.0
"""Real seconds that one attempt may take, however long its vendor would wait."""
SETTLE = 10.0
"""Real seconds that an advance waits, at one time, for all deliveries that left at it."""
_BODY = 1024 * 1024
"""Bytes of a receiver's answer that are read."""

_SAFE = "!$%&'()*+,/:;=?@[]~"
"""Characters of a target that are not encoded, besides letters and digits: `%` too, since the target is encoded already."""

ReportOutcome = Callable[[int, int | None, str | None], None]


class WebhookSender:
    """Sends the deliveries of one world.

    Args:
        outbox: returns the attempts that may leave now.
        report: called with each outcome: attempt id, status, error.
        allowed: networks that may be called.
    """

    def __init__(
        self,
        outbox: Callable[[], list[tuple[Delivery, Attempt]]],
        report: ReportOutcome,
        allowed: Sequence[Network] = LOOPBACK,
    ) -> None:
        self._outbox = outbox
        self._report = report
        self._allowed = allowed
        self._taken: set[int] = set()
        self._queues: dict[str, deque[int]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a delivery is on its way."""
        return bool(self._tasks)

    def send_due(self) -> None:
        """Queue what may leave now for its receiver."""
        if self._closed:
            return
        for delivery, attempt in self._outbox():
            if attempt.id in self._taken:
                continue
            self._taken.add(attempt.id)
            self._queues.setdefault(delivery.to, deque()).append(attempt.id)
            if delivery.to not in self._tasks:
                self._tasks[delivery.to] = asyncio.get_running_loop().create_task(self._serve_queue(delivery.to))

    async def settle(self) -> None:
        """Wait until no delivery is on its way, `SETTLE` seconds at most."""
        self.send_due()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE):
                while self._tasks:
                    await asyncio.wait(self._tasks.values())

    async def _serve_queue(self, to: str) -> None:
        """Perform the attempts in one receiver's queue, up to its end."""
        queue = self._queues[to]
        try:
            while queue:
                attempt = queue.popleft()
                delivery = next((d for d, a in self._outbox() if a.id == attempt), None)
                if delivery is None:  # dropped, or removed by a reset
                    self._taken.discard(attempt)
                    continue
                status, error = await post(delivery, self._allowed)
                self._taken.discard(attempt)
                self._report(attempt, status, error)
        finally:
            self._queues.pop(to, None)
            self._tasks.pop(to, None)
            self._taken.difference_update(queue)

    def close(self) -> None:
        """Cancel what is on its way."""
        self._closed = True
        for task in self._tasks.values():
            task.cancel()


async def post(delivery: Delivery, allowed: Sequence[Network] = LOOPBACK) -> tuple[int | None, str | None]:
    """Perform one attempt. Return the receiver's status, or a word for what went wrong."""
    if not delivery.to_url:
        return 200, None
    try:
        url = urlsplit(delivery.to)
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError:
        return None, "unresolved"
    try:
        async with asyncio.timeout(min(TIMEOUT, delivery.patience / SECOND)):
            address = await _allowed_address(url.hostname or "", allowed)
            return await _exchange(delivery, url, address, port), None
    except _Blocked:
        return None, "blocked"
    except TimeoutError:
        return None, "timeout"
    except socket.gaierror:
        return None, "unresolved"
    except ConnectionRefusedError:
        return None, "refused"
    except (OSError, EOFError, ValueError, httptools.HttpParserError, httptools.HttpParserUpgrade):
        return None, "broken"


class _Blocked(Exception):
    """The receiver is not in an allowed network."""


async def _allowed_address(host: str, allowed: Sequence[Network]) -> str:
    """Return the address to call. Raises _Blocked if any address of the host is not in an allowed network."""
    addresses = [host] if is_address(host) else await _resolve(host)
    for address in map(plain_address, addresses):
        if not any(address in network for network in allowed):
            raise _Blocked
    return addresses[0]


async def _resolve(host: str) -> list[str]:
    """Return the host's addresses, IPv4 first.

    It uses a daemon thread, since a resolver that hangs must not keep the server from ending.
    """
    if host == "localhost" or host.endswith(".localhost"):
        return ["127.0.0.1"]
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def settle(addresses: list[str] | None, error: Exception | None) -> None:
        if not found.done():
            found.set_exception(error) if error is not None else found.set_result(addresses or [])

    def resolve() -> None:
        addresses: list[str] | None = None
        error: Exception | None = None
        try:
            infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            addresses = [cast("str", info[4][0]) for info in sorted(infos, key=lambda info: info[0] != socket.AF_INET)]
        except OSError as wrong:
            error = wrong
        except UnicodeError:  # a label that is empty, or too long for a name
            error = socket.gaierror(socket.EAI_NONAME, "no such host")
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, addresses, error)

    threading.Thread(target=resolve, daemon=True).start()
    return await found


async def _exchange(delivery: Delivery, url: SplitResult, address: str, port: int) -> int:
    """Send the request, read the answer, and return its status."""
    secure = None
    if url.scheme == "https":
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        secure.check_hostname, secure.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(
        address, port, ssl=secure, server_hostname=url.hostname if secure else None
    )
    try:
        writer.write(_request(delivery, url))
        await writer.drain()
        return await _status(reader)
    finally:
        writer.close()


def _request(delivery: Delivery, url: SplitResult) -> bytes:
    """Return the request as bytes: the vendor's headers, and those that HTTP itself needs."""
    target = quote((url.path or "/") + (f"?{url.query}" if url.query else ""), safe=_SAFE)
    given = {name.lower() for name, _ in delivery.headers}
    host = url.netloc.rpartition("@")[2]
    needed = (("Host", host), ("Content-Length", str(len(delivery.body))), ("Connection", "close"))
    headers = [(n, v) for n, v in needed[:1] if n.lower() not in given] + list(delivery.headers)
    headers += [(n, v) for n, v in needed[1:] if n.lower() not in given]
    lines = [f"{delivery.method} {target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers)]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("there is a line break in a header")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + delivery.body


class _ResponseEvents:
    """What httptools reports of a response."""

    head = complete = False

    def on_headers_complete(self) -> None:
        self.head = True

    def on_message_complete(self) -> None:
        self.complete = True


async def _status(reader: asyncio.StreamReader) -> int:
    """Return the status of the answer, which is read to its end, so that the receiver is not cut off."""
    events = _ResponseEvents()
    parser = httptools.HttpResponseParser(events)
    read = 0
    while not events.complete and read < _BODY:
        chunk = await reader.read(65536)
        if not chunk:
            break
        read += len(chunk)
        try:
            parser.feed_data(chunk)
        except httptools.HttpParserError:
            if not events.head:
                raise
            break  # the status came; whatever is wrong after it (a 204 with a body) does not matter
    if not events.head:
        raise EOFError
    return parser.get_status_code()
