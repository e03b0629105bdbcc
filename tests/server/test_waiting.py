"""Who waits holds up nobody, and is told apart from who has gone."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

import httpx
import pytest

from tests.server.door import Background, Stand, stand, until


def test_two_hundred_callers_wait_while_others_are_answered(toy: Stand) -> None:
    async def crowd() -> list[bytes]:
        async def one() -> bytes:
            reader, writer = await asyncio.open_connection(*toy.place)
            writer.write(b"GET /wait HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer

        return await asyncio.gather(*(one() for _ in range(200)))

    waiting = Background(lambda: asyncio.run(crowd()))
    toy.waiting(200)
    assert toy.get("/count").json() == {"count": 0}
    assert toy.act("ring") == {"heard": 200}
    answers = waiting.result()
    assert {a.rpartition(b"\r\n\r\n")[2] for a in answers} == {b'{"rang":true}'}


def test_a_caller_who_hangs_up_is_gone_for_the_world_too(toy: Stand) -> None:
    with toy.call() as line:
        line.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        toy.waiting(1)
    toy.waiting(0)
    assert toy.act("ring") == {"heard": 0}
    assert [e["kind"] for e in toy.sim("GET", "/journal")["entries"]] == ["request", "gone", "act"]


def test_a_caller_whose_machine_resets_the_connection_is_gone(toy: Stand) -> None:
    line = toy.call()
    line.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
    toy.waiting(1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
    toy.waiting(0)


def test_a_client_that_gives_up_leaves_no_one_waiting(toy: Stand) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{toy.url}/wait", timeout=0.05, trust_env=False)
    toy.waiting(0)


def test_the_connection_of_a_caller_who_waited_goes_on(toy: Stand) -> None:
    """Also when the next request was sent before the first one's answer."""
    with toy.call() as line:
        line.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\nGET /count HTTP/1.1\r\nHost: localhost\r\n\r\n")
        toy.waiting(1)
        assert toy.sim("GET", "/journal")["last"] == 1, "the second request waits for the first one's answer"
        toy.act("ring")
        got = b""
        while got.count(b"HTTP/1.1 200") < 2 or not got.endswith(b"}"):
            got += line.recv(65536)
    assert got.index(b'{"rang":true}') < got.index(b'{"count":0}')


def test_dropping_a_world_hangs_up_who_waits_there(toy: Stand) -> None:
    toy.door("POST", "/worlds", {"name": "other", "clock": "manual"}, status=201)
    waiting = Background(lambda: toy.get("/~other/wait"))
    toy.waiting(1, world="other")
    toy.sim("DELETE", "", world="other")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        waiting.result()


@pytest.mark.parametrize("call", ["/reset", "/snapshots/kept/restore"])
def test_going_back_hangs_up_who_waits(toy: Stand, call: str) -> None:
    toy.sim("POST", "/snapshots", {"name": "kept"}, status=201)
    waiting = Background(lambda: toy.get("/wait"))
    toy.waiting(1)
    toy.sim("POST", call)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        waiting.result()


def test_callers_who_wait_survive_a_defect_after_a_reset(toy: Stand) -> None:
    """The world is rebuilt then, and must know them by the numbers that they have."""
    with toy.call() as gone:
        gone.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        toy.waiting(1)
        toy.sim("POST", "/reset")
    waiting = Background(lambda: toy.get("/wait").json())
    toy.waiting(1)
    assert toy.get("/broken").status_code == 500
    toy.act("ring")
    assert waiting.result() == {"rang": True}


def test_the_end_of_the_server_is_the_end_of_waiting() -> None:
    with stand(clock="manual") as toy:
        line = toy.call()
        line.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        toy.waiting(1)
    with line:
        assert hung_up(line)


def hung_up(line: socket.socket) -> bool:
    try:
        return line.recv(1) == b""
    except ConnectionResetError:
        return True


def test_the_world_says_who_waits(toy: Stand) -> None:
    waiting = Background(lambda: toy.get("/wait?seconds=5").json())
    until(lambda: toy.door("GET", "/worlds")["worlds"][0]["waiting"] == 1)
    toy.sim("POST", "/clock/advance", {"seconds": 5})
    assert waiting.result() == {"rang": False}
    assert json.loads(toy.get("/count").text) == {"count": 0}
