"""A fork of a simulator's world, through its control API. The world itself stays unchanged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.http_client import ADMIN_TOKEN
from lockpact.simulators.wire import SHORTEST_MOMENT, Wires

__all__ = ["TIMEOUT", "WorldFork"]

TIMEOUT = 60.0
"""Seconds to wait for an answer."""
_SNAPSHOT = "begin"


class WorldFork:
    """A fork whose time and devices this process controls. Raises CouldNotRun if the control API refuses a request."""

    def __init__(self, control: str, vendor: str, name: str) -> None:
        self._name, self._vendor = f"lockpact-drift-{name}", vendor
        self._wires = Wires(admin=True, patience=TIMEOUT)
        self._world = f"{control}/worlds/{self._name}"
        info = self._call("GET", f"{control}/")
        self._ask("DELETE", self._world)  # an earlier run may have left one
        fork = self._call("POST", f"{control}/worlds/{info['world']}/fork", {"name": self._name})
        self.info: Mapping[str, Any] = fork["vendors"][vendor]
        """The vendor's part of the fork's connection info."""
        self._call("PUT", f"{self._world}/clock", {"mode": "auto", "moment": SHORTEST_MOMENT})
        self._start = _micros(self._call("GET", self._world)["start"])

    @property
    def elapsed(self) -> float:
        """Seconds since the world's start."""
        return (self.now - self._start) / 1e6

    @property
    def now(self) -> int:
        """The world's time in microseconds since the epoch."""
        return _micros(self._call("GET", f"{self._world}/clock")["now"])

    def advance(self, seconds: float) -> None:
        """Advance the time. What is sent out meanwhile is delivered when this returns."""
        self._call("POST", self.clock, {"seconds": seconds})

    def reset(self) -> None:
        """Reset the fork to the default state of its seed."""
        self._call("POST", f"{self._world}/reset")

    def keep(self) -> None:
        """Take the snapshot that `restore` restores."""
        self._call("POST", f"{self._world}/snapshots", {"name": _SNAPSHOT})

    def restore(self) -> None:
        """Restore the snapshot."""
        self._call("POST", f"{self._world}/snapshots/{_SNAPSHOT}/restore")

    def devices(self) -> dict[str, list[str]]:
        """Return the ids of the devices by kind."""
        found: dict[str, list[str]] = {}
        for device in self._call("GET", f"{self._world}/{self._vendor}/hardware")["devices"]:
            found.setdefault(device["kind"], []).append(device["id"])
        return found

    def act(self, url: str, args: Mapping[str, Any]) -> tuple[int, Any]:
        """Do a device action, or an action of the vendor's staff. Returns the status, which may be a refusal, and the answer."""
        return self._ask("POST", url, args)

    def deliveries(self, since: int) -> list[dict[str, Any]]:
        """Return what was sent out since then."""
        deliveries = self._call("GET", f"{self._world}/deliveries")["deliveries"]
        return [delivery for delivery in deliveries if _micros(delivery["at"]) >= since]

    @property
    def clock(self) -> str:
        """The URL that advances the time."""
        return f"{self._world}/clock/advance"

    def hardware(self, device: str, action: str) -> str:
        """Return the URL of a device action."""
        return f"{self._world}/{self._vendor}/hardware/{quote(device, safe=':')}/{action}"

    def support(self, action: str) -> str:
        """Return the URL of an action of the vendor's staff."""
        return f"{self._world}/{self._vendor}/support/{action}"

    def original(self, url: str) -> str:
        """Return the same URL in the original world, for commands that people repeat when the fork is gone."""
        return url.replace(f"/worlds/{self._name}", "/worlds/default").replace(f"/~{self._name}", "")

    def close(self) -> None:
        """Delete the fork, and disconnect."""
        self._ask("DELETE", self._world)
        self._wires.close()

    def _call(self, method: str, url: str, body: Any = None) -> Any:
        status, answer = self._ask(method, url, body)
        if status >= 400:
            raise CouldNotRun(f"{method} {url}: {status} {json.dumps(answer)}")
        return answer

    def _ask(self, method: str, url: str, body: Any = None) -> tuple[int, Any]:
        """Return the status and the JSON of the answer."""
        content = None if body is None else json.dumps(body).encode()
        headers = () if content is None else (("Content-Type", "application/json"),)
        try:
            answer = self._wires.ask(method, url, headers, content)
        except OSError as lost:
            raise CouldNotRun(f"a server cannot be reached: {url}: {type(lost).__name__}: {lost}") from None
        if not answer.status:
            raise CouldNotRun(f"a server cannot be reached: {url}: it has broken the connection")
        if answer.status == 401:
            raise CouldNotRun(f"the control API at {url} requires its admin token; set {ADMIN_TOKEN}")
        return answer.status, json.loads(answer.body or b"null")


def _micros(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000_000)
