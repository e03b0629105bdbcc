"""A listener closes all its connections, also those that are only just being opened, and sends what it has at once."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

import pytest

from locksim.http.connection import Exchange
from locksim.server.listener import Listener, bind


def answer(exchange: Exchange) -> None:
    raise AssertionError("nobody asks here")


@pytest.mark.parametrize("rounds", range(6))
def test_a_connection_that_opens_while_its_listener_closes_is_closed(rounds: int) -> None:
    """Its caller would wait until the garbage collector finds the socket."""

    async def ends() -> list[bytes]:
        listener = Listener(bind("127.0.0.1", 0), answer)
        await listener.start()
        callers = [socket.create_connection(("127.0.0.1", listener.port), timeout=5) for _ in range(3)]
        for _ in range(rounds):
            await asyncio.sleep(0)
        listener.close()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not listener.busy
        last = []
        for caller in callers:
            with caller, suppress(ConnectionResetError):
                last.append(caller.recv(1))
        return last

    assert set(asyncio.run(ends())) <= {b""}


def test_accepted_connections_send_each_part_of_a_stream_at_once() -> None:
    """Not only when the client has acknowledged the part before, which clients delay."""
    with bind("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
