"""An advance ends when its world is reset, restored or dropped, and when its caller hangs up."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.server.receiver import Receiver, receiver
from tests.server.served import Background, ServedToy, serve_toy, until

BEGIN = "2026-01-05T08:00:00Z"
ADVANCE = "/worlds/{}/clock/advance"


@contextmanager
def stuck_at_a_receiver(toy: ServedToy, world: str = "default") -> Iterator[tuple[Receiver, Callable[[], None]]]:
    """Let the toy send something after ten seconds, to a receiver that does not answer before it is asked to."""

    def wait(me: Receiver, path: str) -> int:
        me.proceed.wait(20)
        return 200

    prefix = "" if world == "default" else f"/~{world}"
    with receiver(wait) as there:
        toy.http.post(f"{toy.url}{prefix}/subscribe?url={there.url}")
        toy.sim("POST", "/toy/hardware/front/ring", {"after": 10}, world=world)
        try:
            yield there, there.proceed.set
        finally:
            there.proceed.set()


def start_advance(toy: ServedToy, there: Receiver, world: str = "default") -> Background:
    """Start an advance of an hour, and return when it waits for the receiver."""
    running = Background(lambda: httpx.post(
        f"{toy.control}{ADVANCE.format(world)}", json={"seconds": 3600}, timeout=20, trust_env=False
    ))  # fmt: skip
    until(lambda: len(there.got) == 1)
    return running


def refused(running: Background) -> str:
    answer = running.result()
    assert answer.status_code == 409, answer.text
    return str(answer.json()["error"])


@pytest.mark.parametrize("back", ["reset", "restore"])
def test_a_world_that_went_back_is_not_advanced_further(toy: ServedToy, back: str) -> None:
    toy.sim("POST", "/snapshots", {"name": "first"}, status=201)
    with stuck_at_a_receiver(toy) as (there, proceed):
        running = start_advance(toy, there)
        toy.sim("POST", "/reset" if back == "reset" else "/snapshots/first/restore")
        proceed()
        assert back in refused(running)
        assert toy.sim("GET", "/clock")["now"] == BEGIN


def test_a_dropped_world_is_not_advanced_further() -> None:
    with serve_toy(clock="manual") as toy:
        toy.api("POST", "/worlds", {"name": "other", "clock": "manual"}, status=201)
        with stuck_at_a_receiver(toy, "other") as (there, _):
            running = start_advance(toy, there, "other")
            toy.sim("DELETE", "", world="other")
            assert "dropped" in refused(running)


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "/clock/advance", {"seconds": 3600}), ("PUT", "/clock", {"now": "2026-01-05T10:00:00Z"}),
])  # fmt: skip
def test_an_advance_ends_with_its_caller(toy: ServedToy, method: str, path: str, body: Any) -> None:
    with stuck_at_a_receiver(toy) as (there, proceed):
        request = httpx.Request(method, f"{toy.control}/worlds/default{path}", json=body)
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        url = urlsplit(toy.control)
        with socket.create_connection((url.hostname or "", url.port or 0), timeout=20) as caller:
            caller.sendall(f"{method} {request.url.raw_path.decode()} HTTP/1.1\r\n{head}\r\n".encode() + request.read())
            until(lambda: len(there.got) == 1)
        proceed()
        toy.wait_for_deliveries()
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:10Z"
        toy.sim("POST", "/clock/advance", {"seconds": 5})
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:15Z"
