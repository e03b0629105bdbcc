"""Pending requests block nobody, and a disconnect removes them."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

import httpx
import pytest

from tests.server.served import Background, ServedToy, serve_toy, until


def test_others_are_answered_while_two_hundred_requests_are_pending(toy: ServedToy) -> None:
    async def crowd() -> list[bytes]:
        async def one() -> bytes:
            reader, writer = await asyncio.open_connection(*toy.address)
            writer.write(b"GET /wait HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer

        return await asyncio.gather(*(one() for _ in range(200)))

    waiting = Background(lambda: asyncio.run(crowd()))
    toy.wait_for_pending(200)
    assert toy.get("/count").json() == {"count": 0}
    assert toy.act("ring") == {"heard": 200}
    answers = waiting.result()
    assert {a.rpartition(b"\r\n\r\n")[2] for a in answers} == {b'{"rang":true}'}


def test_a_disconnect_reaches_the_world(toy: ServedToy) -> None:
    with toy.connect() as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        toy.wait_for_pending(1)
    toy.wait_for_pending(0)
    assert toy.act("ring") == {"heard": 0}
    assert [e["kind"] for e in toy.sim("GET", "/journal")["entries"]] == ["request", "gone", "act"]


def test_a_reset_by_the_caller_reaches_the_world(toy: ServedToy) -> None:
    connection = toy.connect()
    connection.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
    toy.wait_for_pending(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    toy.wait_for_pending(0)


def test_a_client_that_gives_up_leaves_no_pending_request(toy: ServedToy) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{toy.url}/wait", timeout=0.05, trust_env=False)
    toy.wait_for_pending(0)


def test_a_connection_stays_open_after_a_pending_request(toy: ServedToy) -> None:
    """Also when the next request was sent before the first one's answer."""
    with toy.connect() as connection:
        connection.sendall(
            b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\nGET /count HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        toy.wait_for_pending(1)
        assert toy.sim("GET", "/journal")["last"] == 1, "the second request waits for the first one's answer"
        toy.act("ring")
        got = b""
        while got.count(b"HTTP/1.1 200") < 2 or not got.endswith(b"}"):
            got += connection.recv(65536)
    assert got.index(b'{"rang":true}') < got.index(b'{"count":0}')


def test_dropping_a_world_cuts_off_its_pending_requests(toy: ServedToy) -> None:
    toy.api("POST", "/worlds", {"name": "other", "clock": "manual"}, status=201)
    waiting = Background(lambda: toy.get("/~other/wait"))
    toy.wait_for_pending(1, world="other")
    toy.sim("DELETE", "", world="other")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        waiting.result()


@pytest.mark.parametrize("path", ["/reset", "/snapshots/kept/restore"])
def test_a_restore_cuts_off_pending_requests(toy: ServedToy, path: str) -> None:
    toy.sim("POST", "/snapshots", {"name": "kept"}, status=201)
    waiting = Background(lambda: toy.get("/wait"))
    toy.wait_for_pending(1)
    toy.sim("POST", path)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        waiting.result()


def test_pending_requests_survive_a_defect_after_a_reset(toy: ServedToy) -> None:
    """The world is rebuilt then, and must know them by the numbers that they have."""
    with toy.connect() as gone:
        gone.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        toy.wait_for_pending(1)
        toy.sim("POST", "/reset")
    waiting = Background(lambda: toy.get("/wait").json())
    toy.wait_for_pending(1)
    assert toy.get("/broken").status_code == 500
    toy.act("ring")
    assert waiting.result() == {"rang": True}


def test_pending_requests_are_cut_off_when_the_server_stops() -> None:
    with serve_toy(clock="manual") as toy:
        connection = toy.connect()
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        toy.wait_for_pending(1)
    with connection:
        assert hung_up(connection)


def hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_no_connection_that_was_just_accepted_is_left_open_when_the_server_stops() -> None:
    """Its caller would wait until the garbage collector finds the socket."""
    for _ in range(12):
        with serve_toy(clock="manual") as toy:
            connections = [toy.connect() for _ in range(3)]
        for connection in connections:
            with connection:
                assert hung_up(connection)


def test_the_world_counts_its_pending_requests(toy: ServedToy) -> None:
    waiting = Background(lambda: toy.get("/wait?seconds=5").json())
    until(lambda: toy.api("GET", "/worlds")["worlds"][0]["waiting"] == 1)
    toy.sim("POST", "/clock/advance", {"seconds": 5})
    assert waiting.result() == {"rang": False}
    assert json.loads(toy.get("/count").text) == {"count": 0}
