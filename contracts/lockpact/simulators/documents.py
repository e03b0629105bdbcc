"""A vendor's OpenAPI document and rules, and a client of the control API of a simulator that is already running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from lockpact.core.http_client import control_url, to_control
from lockpact.simulators.wire import SHORTEST_MOMENT, Wire
from locksim.registry import load
from locksim.server.server import CONTROL_PORT

__all__ = ["METHODS", "ControlClient", "document", "find_control", "rules", "server_key"]

METHODS = ("get", "put", "post", "patch", "delete")
"""The members of an OpenAPI document's path that are operations."""
_SNAPSHOT = "lockpact-conform"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Safe, and ten times as fast where PyYAML was built with libyaml."""


def document(vendor: str) -> dict[str, Any]:
    """Return the vendor's OpenAPI document. Raises locksim's Unknown if there is no simulator of this vendor."""
    found: dict[str, Any] = yaml.load(load(vendor).openapi.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
    return found


def rules(vendor: str) -> dict[str, str]:
    """Return the rules in the FIDELITY.md of the vendor's simulator: id → sentence."""
    table = load(vendor).openapi.with_name("FIDELITY.md").read_text(encoding="utf-8")
    rows = (line.strip("|").split("|") for line in table.splitlines() if line.startswith("| "))
    return {row[0].strip(): row[1].strip() for row in rows if "-R" in row[0]}


def find_control(vendor: str, url: str) -> str | None:
    """Return the control API's URL of the simulator at this URL, if it is on the usual port; else None."""
    parts = urlsplit(url)
    for site in load(vendor).sites:
        guess = f"{parts.scheme}://{parts.hostname}:{(parts.port or 0) - site.port + CONTROL_PORT}/_sim"
        try:
            with to_control(guess, timeout=2) as client:
                info = client.get("/").raise_for_status().json()
            if server_key(info["vendors"][vendor], url) is not None:
                return guess
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None


def server_key(info: Mapping[str, Any], url: str) -> str | None:
    """Return where a server's URL is in the vendor's part of the connection info: `url` or `servers.production`.

    Returns None if it is not there.
    """
    servers = {f"servers.{name}": server for name, server in info.get("servers", {}).items()} | {"url": info["url"]}
    return next((key for key, server in servers.items() if server == url), None)


class ControlClient:
    """A client of a simulator's control API (`http://127.0.0.1:8700/_sim`). Its methods raise httpx.HTTPError."""

    def __init__(self, url: str) -> None:
        self.url = control_url(url)
        self._http = to_control(url)
        self._wire = Wire(self.url, admin=True)
        self._info: dict[str, Any] = self._http.get("/").raise_for_status().json()
        self._mode, self._moment = "real", SHORTEST_MOMENT
        self._snapshot = _SNAPSHOT
        self._world = f"/worlds/{self._info['world']}"

    def info(self, vendor: str) -> dict[str, Any]:
        """Return the vendor's part of the connection info."""
        found: dict[str, Any] = self._info["vendors"][vendor]
        return found

    @property
    def profile(self) -> str:
        """The profile of the server's world."""
        return str(self._http.get(self._world).raise_for_status().json()["profile"])

    @property
    def variants(self) -> list[str]:
        """The ids of the variants of the server's world."""
        active: list[str] = self._http.get(f"{self._world}/variants").raise_for_status().json()["planted"]
        return active

    def begin(self) -> None:
        """Set the clock to `auto`, so that nothing waits in real time, and take a snapshot of the world."""
        clock = self._http.get(f"{self._world}/clock").raise_for_status().json()
        self._mode, self._moment = clock["mode"], clock["moment"]
        self._set_clock(mode="auto", moment=SHORTEST_MOMENT)
        self._http.post(f"{self._world}/snapshots", json={"name": _SNAPSHOT}).raise_for_status()

    def keep(self) -> None:
        """Take a second snapshot, to which `restore` returns from now on."""
        self._snapshot = f"{_SNAPSHOT}-kept"
        self._http.post(f"{self._world}/snapshots", json={"name": self._snapshot}).raise_for_status()

    def restore(self) -> None:
        """Restore the snapshot of `keep`, or of `begin` if there is none."""
        path = f"{self._world}/snapshots/{self._snapshot}/restore"
        try:
            # Each case of a run restores twice. Through httpx that took a fifth of the run's time.
            status = self._wire.ask("POST", path).status
        except OSError as lost:
            raise httpx.ConnectError(f"POST {path}: {lost}") from None
        if status != 200:
            raise httpx.HTTPError(f"POST {path}: status {status or 'missing, since the connection broke'}")

    def close(self) -> None:
        """Restore the world and its clock mode as they were at `begin`, and disconnect."""
        self._snapshot = _SNAPSHOT
        self.restore()
        self._set_clock(mode="auto", moment=self._moment)
        self._set_clock(mode=self._mode)
        self.disconnect()

    def _set_clock(self, **clock: Any) -> None:
        self._http.put(f"{self._world}/clock", json=clock).raise_for_status()

    def disconnect(self) -> None:
        """Close the connections without changing the world."""
        self._wire.close()
        self._http.close()
