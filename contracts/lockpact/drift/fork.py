"""A fork of a stand-in's world, by its control door: its time and its hardware in our hand, the world itself untouched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from lockpact.core.http_client import to_control
from lockpact.report.findings import CouldNotRun

__all__ = ["PATIENCE", "WorldFork"]

PATIENCE = 60.0
"""Seconds for an answer."""
_MOMENT = 0.005
"""Real seconds that a fork waits for more callers. There is one, who sends the next request when this one is answered."""
_KEPT = "begin"


class WorldFork:
    """See the module. Raises CouldNotRun where the control door refuses."""

    def __init__(self, control: str, vendor: str, name: str) -> None:
        self._name, self._vendor = f"lockpact-drift-{name}", vendor
        self._http = to_control(control, timeout=PATIENCE)
        self._world = f"{control}/worlds/{self._name}"
        ready = self._call("GET", f"{control}/")
        self._http.delete(self._world)  # one that a run before left behind
        made = self._call("POST", f"{control}/worlds/{ready['world']}/fork", {"name": self._name})
        self.shown: Mapping[str, Any] = made["vendors"][vendor]
        """The vendor's part of the ready document."""
        self._call("PUT", f"{self._world}/clock", {"mode": "auto", "moment": _MOMENT})
        self._start = _instant(self._call("GET", self._world)["start"])

    @property
    def elapsed(self) -> float:
        """Seconds since its world began."""
        return (self.now - self._start) / 1e6

    @property
    def now(self) -> int:
        """Microseconds since the epoch."""
        return _instant(self._call("GET", f"{self._world}/clock")["now"])

    def advance(self, seconds: float) -> None:
        """Let time pass. What is sent out meanwhile has arrived when this returns."""
        self._call("POST", self.clock, {"seconds": seconds})

    def keep(self) -> None:
        """This is the moment that `restore` goes back to."""
        self._call("POST", f"{self._world}/snapshots", {"name": _KEPT})

    def restore(self) -> None:
        """Back to the moment that was kept."""
        self._call("POST", f"{self._world}/snapshots/{_KEPT}/restore")

    def devices(self) -> dict[str, list[str]]:
        """Kind → the ids of the hardware of that kind."""
        found: dict[str, list[str]] = {}
        for device in self._call("GET", f"{self._world}/{self._vendor}/hardware")["devices"]:
            found.setdefault(device["kind"], []).append(device["id"])
        return found

    def act(self, where: str, args: Mapping[str, Any]) -> httpx.Response:
        """A hand on a device, or the staff's. It may be refused: that is an answer like others."""
        return self._http.post(where, json=args)

    def deliveries(self, since: int) -> list[dict[str, Any]]:
        """What was sent out since then."""
        told = self._call("GET", f"{self._world}/deliveries")["deliveries"]
        return [delivery for delivery in told if _instant(delivery["at"]) >= since]

    @property
    def clock(self) -> str:
        """Where time is let pass."""
        return f"{self._world}/clock/advance"

    def hardware(self, device: str, action: str) -> str:
        """Where a device is acted on."""
        return f"{self._world}/{self._vendor}/hardware/{device}/{action}"

    def support(self, action: str) -> str:
        """Where the staff is asked."""
        return f"{self._world}/{self._vendor}/support/{action}"

    def original(self, url: str) -> str:
        """The same URL for the world itself: the fork is gone when a person repeats it."""
        return url.replace(f"/worlds/{self._name}", "/worlds/default").replace(f"/~{self._name}", "")

    def close(self) -> None:
        """Drop it."""
        self._http.delete(self._world)
        self._http.close()

    def _call(self, method: str, url: str, body: Any = None) -> Any:
        answer = self._http.request(method, url, json=body)
        if answer.is_error:
            raise CouldNotRun(f"{method} {url}: {answer.status_code} {answer.text}")
        return answer.json()


def _instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000_000)
