"""The tester's side of a served world, as tests use it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from locksim.server.run import serving
from tests.engine.toy import TOY


class Stand:
    """One served world (`default`, unless another is meant) of the toy."""

    def __init__(self, ready: dict[str, Any], http: httpx.Client) -> None:
        self.ready = ready
        self.http = http
        self.control = ready["control"]
        self.url = ready["vendors"]["toy"]["url"]

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of the vendor's main site."""
        where = urlsplit(self.url)
        assert where.hostname
        assert where.port
        return where.hostname, where.port

    def sim(self, method: str, path: str, body: Any = None, *, world: str = "default", status: int = 200) -> Any:
        """A call of the control door about a world. → its JSON; the status is asserted."""
        return self.door(method, f"/worlds/{world}{path}", body, status=status)

    def door(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Any call of the control door."""
        answer = self.http.request(method, f"{self.control}{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def act(self, action: str, **args: Any) -> Any:
        """A hand on the bell."""
        return self.sim("POST", f"/toy/hardware/front/{action}", args)

    def get(self, target: str) -> httpx.Response:
        """Call the vendor."""
        return self.http.get(f"{self.url}{target}")

    def post(self, target: str) -> httpx.Response:
        """Call the vendor."""
        return self.http.post(f"{self.url}{target}")

    def waiting(self, count: int, *, world: str = "default") -> None:
        """Come back when so many callers wait."""
        until(lambda: self.sim("GET", "", world=world)["waiting"] == count)

    def settled(self, *, world: str = "default") -> list[dict[str, Any]]:
        """The deliveries, once no attempt is on its way."""

        def over() -> bool:
            return all(a["state"] != "due" for d in self.deliveries(world=world) for a in d["attempts"])

        until(over)
        return self.deliveries(world=world)

    def deliveries(self, *, world: str = "default") -> list[dict[str, Any]]:
        """What was sent out."""
        found: list[dict[str, Any]] = self.sim("GET", "/deliveries", world=world)["deliveries"]
        return found

    def call(self) -> socket.socket:
        """A bare connection to the vendor."""
        return socket.create_connection(self.place, timeout=20)

    def wire(self, data: bytes) -> bytes:
        """What comes back for these bytes, up to the end of the connection."""
        with self.call() as line:
            line.sendall(data)
            return drain(line)


@contextmanager
def stand(**world: Any) -> Iterator[Stand]:
    """Serve the toy."""
    limits = httpx.Limits(max_connections=None)
    with serving([TOY], **world) as ready:
        trusted = ssl.create_default_context(cafile=ready.get("ca"))
        with httpx.Client(timeout=20, limits=limits, trust_env=False, verify=trusted) as http:
            yield Stand(ready, http)


def until(condition: Callable[[], bool]) -> None:
    """Come back when it holds. (What never holds ends with the test run's own patience.)"""
    pause = threading.Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come true")


def drain(line: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    got = b""
    while chunk := line.recv(65536):
        got += chunk
    return got


class Background:
    """A call made from another thread."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._got: list[Any] = []
        self._failed: list[BaseException] = []

        def run() -> None:
            try:
                self._got.append(call())
            except BaseException as failed:  # noqa: BLE001 - it is raised where the result is asked for
                self._failed.append(failed)

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether it has come back."""
        return not self._thread.is_alive()

    def result(self) -> Any:
        """What it came back with."""
        self._thread.join(30)
        assert self.over, "the call still waits"
        if self._failed:
            raise self._failed[0]
        return self._got[0]
