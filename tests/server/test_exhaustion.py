"""What one client does costs the others little: slow heads, long pipelines, and running out of descriptors."""

from __future__ import annotations

import asyncio
import errno
import logging
import threading

import pytest

from locksim.http import connection
from locksim.server import listener, run, world_handlers
from tests.server.served import ServedToy, drain, serve_toy

REQUEST = b"GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET /count HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("begin", [
    b"GET /count HTTP/1.1\r\nHost: localhost\r\nX: ", b"\r\n",
    LAST[:-2].replace(b"GET", b"POST") + b"Content-Length: 5000\r\n\r\n",
])  # fmt: skip
def test_a_request_that_drips_in_is_given_up(monkeypatch: pytest.MonkeyPatch, begin: bytes) -> None:
    monkeypatch.setattr(connection, "REQUEST_SECONDS", 0.3)
    monkeypatch.setattr(listener, "_SWEEP", 0.1)
    with serve_toy(clock="manual") as toy, toy.connect() as client:
        client.sendall(begin)
        pause = threading.Event()
        client.settimeout(0.01)
        got = b""
        for _ in range(500):
            try:
                client.sendall(b"\r\n" if begin == b"\r\n" else b"x")
                got += client.recv(1000)
                if got:
                    break
            except TimeoutError:
                pause.wait(0.02)
            except OSError:
                break
        assert got.startswith(b"HTTP/1.1 408 ")


def test_a_caller_that_waits_long_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for the request to arrive, not for its answer, and not for the pause between two requests."""
    monkeypatch.setattr(connection, "REQUEST_SECONDS", 0.1)
    monkeypatch.setattr(listener, "_SWEEP", 0.05)
    with serve_toy(clock="manual") as toy, toy.connect() as client:
        client.sendall(REQUEST)
        threading.Event().wait(0.4)
        client.sendall(LAST.replace(b"/count", b"/wait?seconds=5"))
        threading.Event().wait(0.4)
        toy.sim("POST", "/clock/advance", {"seconds": 5})
        assert drain(client).count(b"HTTP/1.1 200") == 2


def test_pipelined_requests_are_answered_in_turn_with_those_of_others() -> None:
    """One answer a round for each connection, in the order of the requests."""
    served: list[str] = []

    class Transport(asyncio.Transport):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            pass

        def is_closing(self) -> bool:
            return False

    async def both() -> None:
        def handle(exchange: connection.Exchange) -> None:
            served.append(exchange.target)
            exchange.respond(connection.own_answer(200, b""))

        for name in ("a", "b"):
            one = connection.Connection(handle, set(), asyncio.get_running_loop())
            one.connection_made(Transport())
            one.data_received(b"".join(f"GET /{name}{n} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for n in range(4)))
        await asyncio.sleep(0.05)

    asyncio.run(both())
    assert served == ["/a0", "/b0", "/a1", "/b1", "/a2", "/b2", "/a3", "/b3"]


def test_a_page_of_the_journal_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch, toy: ServedToy) -> None:
    monkeypatch.setattr(world_handlers, "PAGE_BYTES", 10_000)
    for _ in range(6):
        toy.get("/big?bytes=4000")
    numbers: list[int] = []
    while True:
        page = toy.sim("GET", f"/journal?limit=1000&after={numbers[-1] if numbers else 0}")
        if not page["entries"]:
            break
        assert len(page["entries"]) <= 3
        numbers += [entry["n"] for entry in page["entries"]]
    assert numbers == [1, 2, 3, 4, 5, 6]
    toy.get("/big?bytes=40000")
    assert len(toy.sim("GET", "/journal?after=6")["entries"]) == 1


def test_running_out_of_descriptors_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    async def accept_in_vain() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(run.report_loop_error)
        for _ in range(100):
            loop.call_exception_handler({
                "message": "socket.accept() out of system resource", "exception": OSError(errno.EMFILE, "Too many open files"),
            })  # fmt: skip

    with caplog.at_level(logging.WARNING):
        asyncio.run(accept_in_vain())
    (record,) = caplog.records
    assert "connections wait" in record.getMessage()
    assert record.exc_info is None


def test_other_errors_of_the_loop_are_reported_as_before(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(run.report_loop_error)
        loop.call_exception_handler({"message": "something else", "exception": ValueError("odd")})

    asyncio.run(fail())
    assert "something else" in caplog.text
