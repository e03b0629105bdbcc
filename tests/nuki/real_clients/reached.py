"""A Nuki bridge that a real client can call: in process at its real address, or served on a local port."""

from __future__ import annotations

import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from locksim.engine.deliveries import Delivery
from locksim.inprocess.world import DEFAULT_START, World
from locksim.nuki import VENDOR
from locksim.server.run import serving

Received = queue.SimpleQueue[dict[str, Any]]


class Reached(ABC):
    """The address and the token of the bridge, and its device actions."""

    host: str
    port: int
    token: str

    @abstractmethod
    def act(self, device: str | int, action: str, **args: Any) -> dict[str, Any]:
        """Do a device action, or schedule it with `after`."""

    @abstractmethod
    def device(self, device: str | int) -> dict[str, Any]:
        """Return the state that a person in front of the device sees."""

    @abstractmethod
    def receiver(self, url_path: str) -> Any:
        """Return a context with the URL of a callback receiver and the queue of the bodies that it received."""


class InProcess(Reached):
    """A bridge in process: `intercept()` answers at the bridge's address."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._site = world.site("nuki")
        url = urlsplit(self._site.url)
        self.host, self.port = url.hostname or "", url.port or 80
        self.token = self._site.credentials["token"]

    def act(self, device: str | int, action: str, **args: Any) -> dict[str, Any]:
        return self._site.hardware.act(str(device), action, **args)

    def device(self, device: str | int) -> dict[str, Any]:
        return self._site.hardware[str(device)].state

    @contextmanager
    def receiver(self, url_path: str) -> Iterator[tuple[str, Received]]:
        received: Received = queue.SimpleQueue()

        def receive(delivery: Delivery) -> int:
            received.put(msgspec.json.decode(delivery.body))
            return 200

        url = f"http://192.168.1.20:8000{url_path}"
        self.world.deliveries.receive(url, receive)
        yield url, received


class Served(Reached):
    """A bridge served on a free port; the control API does the device actions."""

    def __init__(self, ready: dict[str, Any]) -> None:
        nuki = ready["vendors"]["nuki"]
        url = urlsplit(nuki["url"])
        self.host, self.port = url.hostname or "", url.port or 80
        self.token = nuki["credentials"]["token"]
        self._hardware = f"{ready['control']}/worlds/{ready['world']}/nuki/hardware"

    def act(self, device: str | int, action: str, **args: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self._hardware}/{device}/{action}", json=args, verify=False).raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def device(self, device: str | int) -> dict[str, Any]:
        devices = httpx.get(self._hardware, verify=False).raise_for_status().json()["devices"]
        state: dict[str, Any] = next(d["state"] for d in devices if d["id"] == str(device))
        return state

    @contextmanager
    def receiver(self, url_path: str) -> Iterator[tuple[str, Received]]:
        received: Received = queue.SimpleQueue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.put(msgspec.json.decode(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}{url_path}", received
            finally:
                server.shutdown()
                thread.join()


@contextmanager
def in_process(profile: str, start: str = DEFAULT_START) -> Iterator[InProcess]:
    world = World([VENDOR], seed=7, profile=profile, start=start)
    world.core.strict = True
    with world.intercept():
        yield InProcess(world)


@contextmanager
def served(profile: str, start: str = DEFAULT_START) -> Iterator[Served]:
    with serving([VENDOR], seed=7, profile=profile, clock={"mode": "auto", "now": start}) as ready:
        yield Served(ready)


WAYS = {"in process": in_process, "served": served}
