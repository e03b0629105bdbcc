"""The stream by itself: an asyncio transport whose reader may be slow."""

from __future__ import annotations

import asyncio

from locksim.inprocess import endpoints
from locksim.inprocess.stream import Stream
from locksim.inprocess.world import World

REQUEST = b"GET /big?bytes=300000 HTTP/1.1\r\nHost: api.toy.example\r\nConnection: close\r\n\r\n"


class Reader(asyncio.Protocol):
    """Takes one chunk at a time."""

    def __init__(self) -> None:
        self.got = b""
        self.chunks = asyncio.Semaphore(0)
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert self.transport.is_reading(), "a reader who paused gets nothing"
        self.transport.pause_reading()
        self.got += data
        self.chunks.release()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


def test_a_slow_reader_gets_the_whole_answer(world: World) -> None:
    async def story() -> Reader:
        reader = Reader()
        stream = Stream(
            asyncio.get_running_loop(), reader, lambda request: endpoints.find_endpoint(world, "toy.example", "https")
        )
        stream.write(REQUEST)
        while not reader.lost.is_set():
            await reader.chunks.acquire()
            assert not reader.lost.is_set(), "the rest is still to come"
            stream.resume_reading()
            if reader.got.count(b"x") >= 300_000:
                await reader.lost.wait()
        return reader

    reader = asyncio.run(story())
    assert reader.got.partition(b"\r\n\r\n")[2] == b"x" * 300_000


def test_bytes_after_the_end_are_dropped(world: World) -> None:
    async def story() -> None:
        reader = Reader()
        stream = Stream(
            asyncio.get_running_loop(), reader, lambda request: endpoints.find_endpoint(world, "toy.example", "https")
        )
        stream.close()
        stream.write(REQUEST)
        await reader.lost.wait()

    asyncio.run(story())
    assert not world.journal.requests()
