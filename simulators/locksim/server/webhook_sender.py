"""The pump: performs what a world's outbox says, over real HTTP, and feeds back what became of it.

One attempt at a time per receiver, in the order of the outbox; different receivers at the same time. A receiver may be
slow, dead, or call back into the world: nobody waits for it but the next delivery to the same place, and after
`TIMEOUT` not even that.

It speaks HTTP itself rather than through a client library, for three reasons: the request has the vendor's headers and no
others; the address that was checked is the address that is dialled; and `locksim serve` starts without loading one.
Only loopback is dialled, and what the server's terms allow beside it. An `https` receiver's certificate is not judged:
a test's receiver has one of its own making.
Redirects are not followed: their status is the outcome. What goes to no URL (a mail, a text) needs no receiver: the list of
deliveries is its inbox, and the outcome 200.

Outcomes: a status; or `refused` (nobody listens), `timeout`, `blocked` (neither loopback nor allowed), `unresolved` (no such
host), `broken` (the connection broke, or what came back is no HTTP).
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
from locksim.server.config import Network, is_address, plain_address

__all__ = ["TIMEOUT", "WebhookSender"]

TIMEOUT = 5.0
"""Real seconds that one attempt may take, however patient its sender is."""
SETTLE = 10.0
"""Real seconds that an advance waits, at one instant, for all that left at it."""
_BODY = 1024 * 1024
"""Bytes of a receiver's answer that are read."""

_AS_IT_IS = "!$%&'()*+,/:;=?@[]~"
"""What is left alone in a target beside letters and digits: `%` too, since it comes encoded."""

Tell = Callable[[int, int | None, str | None], None]


class WebhookSender:
    """The deliveries of one world. `outbox` names what may go now; `tell(attempt, status, error)` takes outcomes;
    `allowed` are the networks that may be dialled beside loopback."""

    def __init__(
        self,
        outbox: Callable[[], list[tuple[Delivery, Attempt]]],
        tell: Tell,
        allowed: Sequence[Network] = (),
    ) -> None:
        self._outbox = outbox
        self._tell = tell
        self._allowed = allowed
        self._known: set[int] = set()
        self._lines: dict[str, deque[int]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether anything is on its way."""
        return bool(self._tasks)

    def kick(self) -> None:
        """Put what may go now into its receiver's line."""
        if self._closed:
            return
        for delivery, attempt in self._outbox():
            if attempt.id in self._known:
                continue
            self._known.add(attempt.id)
            self._lines.setdefault(delivery.to, deque()).append(attempt.id)
            if delivery.to not in self._tasks:
                self._tasks[delivery.to] = asyncio.get_running_loop().create_task(self._work(delivery.to))

    async def settle(self) -> None:
        """Wait until nothing is on its way, `SETTLE` seconds at most."""
        self.kick()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE):
                while self._tasks:
                    await asyncio.wait(self._tasks.values())

    async def _work(self, to: str) -> None:
        """One receiver's line, up to its end."""
        line = self._lines[to]
        try:
            while line:
                attempt = line.popleft()
                delivery = next((d for d, a in self._outbox() if a.id == attempt), None)
                if delivery is None:  # dropped, or gone with a reset
                    self._known.discard(attempt)
                    continue
                status, error = await post(delivery, self._allowed)
                self._known.discard(attempt)
                self._tell(attempt, status, error)
        finally:
            self._lines.pop(to, None)
            self._tasks.pop(to, None)
            self._known.difference_update(line)

    def close(self) -> None:
        """Break off what is on its way."""
        self._closed = True
        for task in self._tasks.values():
            task.cancel()


async def post(delivery: Delivery, allowed: Sequence[Network] = ()) -> tuple[int | None, str | None]:
    """Perform one attempt. → the receiver's status, or a word for what went wrong."""
    if not delivery.to_url:
        return 200, None
    try:
        where = urlsplit(delivery.to)
        port = where.port or (443 if where.scheme == "https" else 80)
    except ValueError:
        return None, "unresolved"
    try:
        async with asyncio.timeout(min(TIMEOUT, delivery.patience / SECOND)):
            address = await _dialable(where.hostname or "", allowed)
            return await _exchange(delivery, where, address, port), None
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
    """Neither on this machine nor in a network that is allowed."""


async def _dialable(host: str, allowed: Sequence[Network]) -> str:
    """The address to dial. Raises _Blocked when any address of the host is not this machine's own, nor allowed."""
    addresses = [host] if is_address(host) else await _resolve(host)
    for address in map(plain_address, addresses):
        if not address.is_loopback and not any(address in network for network in allowed):
            raise _Blocked
    return addresses[0]


async def _resolve(host: str) -> list[str]:
    """The host's addresses, IPv4 first. In a daemon thread: a resolver that hangs must not keep the server from ending."""
    if host == "localhost" or host.endswith(".localhost"):
        return ["127.0.0.1"]
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def settle(addresses: list[str] | None, error: Exception | None) -> None:
        if not found.done():
            found.set_exception(error) if error is not None else found.set_result(addresses or [])

    def look() -> None:
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

    threading.Thread(target=look, daemon=True).start()
    return await found


async def _exchange(delivery: Delivery, where: SplitResult, address: str, port: int) -> int:
    """Send the request, read the answer. → its status."""
    secure = None
    if where.scheme == "https":
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        secure.check_hostname, secure.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(
        address, port, ssl=secure, server_hostname=where.hostname if secure else None
    )
    try:
        writer.write(_request(delivery, where))
        await writer.drain()
        return await _status(reader)
    finally:
        writer.close()


def _request(delivery: Delivery, where: SplitResult) -> bytes:
    """The vendor's headers, and those that HTTP itself needs."""
    target = quote((where.path or "/") + (f"?{where.query}" if where.query else ""), safe=_AS_IT_IS)
    given = {name.lower() for name, _ in delivery.headers}
    host = where.netloc.rpartition("@")[2]
    needed = (("Host", host), ("Content-Length", str(len(delivery.body))), ("Connection", "close"))
    headers = [(n, v) for n, v in needed[:1] if n.lower() not in given] + list(delivery.headers)
    headers += [(n, v) for n, v in needed[1:] if n.lower() not in given]
    lines = [f"{delivery.method} {target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers)]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a line break in a header")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + delivery.body


class _Answer:
    """What httptools tells of a response."""

    head = whole = False

    def on_headers_complete(self) -> None:
        self.head = True

    def on_message_complete(self) -> None:
        self.whole = True


async def _status(reader: asyncio.StreamReader) -> int:
    """The status of the answer, which is read to its end where it has one, so that the receiver is not cut off."""
    told = _Answer()
    parser = httptools.HttpResponseParser(told)
    read = 0
    while not told.whole and read < _BODY:
        chunk = await reader.read(65536)
        if not chunk:
            break
        read += len(chunk)
        try:
            parser.feed_data(chunk)
        except httptools.HttpParserError:
            if not told.head:
                raise
            break  # the status came; nonsense behind it (a 204 with a body) is the receiver's own affair
    if not told.head:
        raise EOFError
    return parser.get_status_code()
