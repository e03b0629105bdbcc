"""A served toy, as the tests of the server use it."""

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


class ServedToy:
    """A server with the toy vendor, and clients of it. Calls are about the world `default`, unless they name another."""

    def __init__(self, ready: dict[str, Any], http: httpx.Client) -> None:
        self.ready = ready
        self.http = http
        self.control = ready["control"]
        self.url = ready["vendors"]["toy"]["url"]

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the vendor's main site."""
        url = urlsplit(self.url)
        assert url.hostname
        assert url.port
        return url.hostname, url.port

    def sim(self, method: str, path: str, body: Any = None, *, world: str = "default", status: int = 200) -> Any:
        """Call the control API about a world, check the status, and return the JSON."""
        return self.api(method, f"/worlds/{world}{path}", body, status=status)

    def api(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Call the control API, check the status, and return the JSON."""
        answer = self.http.request(method, f"{self.control}{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def act(self, action: str, **args: Any) -> Any:
        """Act on the bell."""
        return self.sim("POST", f"/toy/hardware/front/{action}", args)

    def get(self, target: str) -> httpx.Response:
        """Call the vendor."""
        return self.http.get(f"{self.url}{target}")

    def post(self, target: str) -> httpx.Response:
        """Call the vendor."""
        return self.http.post(f"{self.url}{target}")

    def wait_for_pending(self, count: int, *, world: str = "default") -> None:
        """Return when so many requests are pending."""
        until(lambda: self.sim("GET", "", world=world)["waiting"] == count)

    def wait_for_deliveries(self, *, world: str = "default") -> list[dict[str, Any]]:
        """Return the deliveries, once no attempt is on its way."""

        def none_due() -> bool:
            return all(a["state"] != "due" for d in self.deliveries(world=world) for a in d["attempts"])

        until(none_due)
        return self.deliveries(world=world)

    def deliveries(self, *, world: str = "default") -> list[dict[str, Any]]:
        """Return the deliveries."""
        found: list[dict[str, Any]] = self.sim("GET", "/deliveries", world=world)["deliveries"]
        return found

    def connect(self) -> socket.socket:
        """Return a connection to the vendor."""
        return socket.create_connection(self.address, timeout=20)

    def send(self, data: bytes) -> bytes:
        """Send bytes to the vendor, and return what comes back up to the end of the connection."""
        with self.connect() as connection:
            connection.sendall(data)
            return drain(connection)


@contextmanager
def serve_toy(**world: Any) -> Iterator[ServedToy]:
    """Serve the toy from a thread."""
    limits = httpx.Limits(max_connections=None)
    with serving([TOY], **world) as ready:
        # To load the public authorities' certificates takes longer than most tests, and no toy has one of theirs.
        trusted: ssl.SSLContext | bool = ssl.create_default_context(cafile=ready["ca"]) if ready.get("ca") else False
        with httpx.Client(timeout=20, limits=limits, trust_env=False, verify=trusted) as http:
            yield ServedToy(ready, http)


def until(condition: Callable[[], bool]) -> None:
    """Return when the condition holds. Fails after 30 seconds, or more on a busy machine.

    The pauses grow, so that a long wait does not take the processor from what it waits for.
    """
    pause = threading.Event()
    for seconds in (0.01,) * 50 + (0.1,) * 300:
        if condition():
            return
        pause.wait(seconds)
    raise AssertionError("the condition did not come true")


def drain(connection: socket.socket) -> bytes:
    """Read all bytes until the other side closes."""
    got = b""
    while chunk := connection.recv(65536):
        got += chunk
    return got


class Background:
    """A call made from another thread."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._results: list[Any] = []
        self._errors: list[BaseException] = []

        def run() -> None:
            try:
                self._results.append(call())
            except BaseException as failed:  # noqa: BLE001 - it is raised where the result is asked for
                self._errors.append(failed)

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    @property
    def finished(self) -> bool:
        """Whether the call has returned."""
        return not self._thread.is_alive()

    def result(self) -> Any:
        """Return the result of the call, or raise its exception."""
        self._thread.join(30)
        assert self.finished, "the call still waits"
        if self._errors:
            raise self._errors[0]
        return self._results[0]
