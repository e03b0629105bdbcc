"""Measure `/list` while 200 callers wait in `/auth`, and how soon all get their answer after the button is pressed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from bench.load import load

__all__ = ["Crowd", "crowd"]

CALLERS = 200


@dataclass
class Crowd:
    """Times in milliseconds."""

    alone: float
    """p99 of a call while nobody waits."""
    waiting: float
    """p99 of the same call while 200 wait."""
    button: float
    """The control API's answer to the button's press."""
    answered: float
    """From the press to the last caller's answer."""


async def _waiter(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET /auth HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    await writer.drain()
    return reader, writer


async def crowd(url: str, listing: str, control: str, world: str, bridge: str, seconds: float) -> Crowd:
    """`url` is the bridge, `listing` the call that is timed, `bridge` the device whose button is pressed."""
    alone = await load(listing, 1, seconds, [])
    waiting = await asyncio.gather(*(_waiter(url) for _ in range(CALLERS)))
    try:
        crowded = await load(listing, 1, seconds, [])
        async with httpx.AsyncClient(trust_env=False) as client:
            began = time.perf_counter()
            done = await client.post(f"{control}/worlds/{world}/nuki/hardware/{bridge}/press_button", json={})
            pressed = time.perf_counter()
            done.raise_for_status()
        heads = await asyncio.gather(*(reader.readuntil(b"\r\n\r\n") for reader, _ in waiting))
        answered = time.perf_counter()
    finally:
        for _, writer in waiting:
            writer.close()
    if not all(head.startswith(b"HTTP/1.1 200") for head in heads):
        raise SystemExit("a caller in /auth got no token after the button was pressed")
    return Crowd(alone.p99 / 1e3, crowded.p99 / 1e3, (pressed - began) * 1e3, (answered - began) * 1e3)
