"""A vendor's OpenAPI document, and our stand-in's control door, for judging a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from lockpact.core.http_client import to_control
from locksim.registry import load
from locksim.server.server import CONTROL_PORT

__all__ = ["ControlClient", "document", "find_control", "rules", "server_key"]

_SNAPSHOT = "lockpact-conform"


def document(vendor: str) -> dict[str, Any]:
    """The vendor's OpenAPI document. Raises locksim's Unknown for a vendor that there is no stand-in for."""
    found: dict[str, Any] = yaml.safe_load(load(vendor).openapi.read_text(encoding="utf-8"))
    return found


def rules(vendor: str) -> dict[str, str]:
    """The rules of the vendor's stand-in: id → sentence, by its FIDELITY.md."""
    table = load(vendor).openapi.with_name("FIDELITY.md").read_text(encoding="utf-8")
    rows = (line.strip("|").split("|") for line in table.splitlines() if line.startswith("| "))
    return {row[0].strip(): row[1].strip() for row in rows if "-R" in row[0]}


def find_control(vendor: str, url: str) -> str | None:
    """The control door of the stand-in at this URL, where it has the usual place beside it; None when it has not."""
    parts = urlsplit(url)
    for site in load(vendor).sites:
        guess = f"{parts.scheme}://{parts.hostname}:{(parts.port or 0) - site.port + CONTROL_PORT}/_sim"
        try:
            with to_control(guess, timeout=2) as door:
                ready = door.get("/").raise_for_status().json()
            if server_key(ready["vendors"][vendor], url) is not None:
                return guess
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError):
            continue
    return None


def server_key(shown: Mapping[str, Any], url: str) -> str | None:
    """Where the server of this URL is in the vendor's part of a ready document: `servers.production`, or `url` where a
    vendor has one; None when it is not there."""
    servers = {f"servers.{name}": where for name, where in shown.get("servers", {}).items()} | {"url": shown["url"]}
    return next((place for place, where in servers.items() if where == url), None)


class ControlClient:
    """The control door of a served stand-in (`http://127.0.0.1:8700/_sim`). Raises httpx.HTTPError."""

    def __init__(self, url: str) -> None:
        self._http = to_control(url)
        self.ready: dict[str, Any] = self._http.get("/").raise_for_status().json()
        self._mode = "real"
        self._kept = _SNAPSHOT
        self._world = f"/worlds/{self.ready['world']}"

    def shown(self, vendor: str) -> dict[str, Any]:
        """The vendor's part of the ready document."""
        found: dict[str, Any] = self.ready["vendors"][vendor]
        return found

    def begin(self) -> None:
        """Let nobody wait for real, lift limits, and keep the world as it is now."""
        self._mode = self._http.get(f"{self._world}/clock").raise_for_status().json()["mode"]
        self._http.put(f"{self._world}/clock", json={"mode": "auto"}).raise_for_status()
        self._http.post(f"{self._world}/snapshots", json={"name": _SNAPSHOT}).raise_for_status()

    def keep(self) -> None:
        """From now on `restore` leads back to how the world is now."""
        self._kept = f"{_SNAPSHOT}-kept"
        self._http.post(f"{self._world}/snapshots", json={"name": self._kept}).raise_for_status()

    def restore(self) -> None:
        """Back to how the world was at `begin`, or since then at `keep`."""
        self._http.post(f"{self._world}/snapshots/{self._kept}/restore").raise_for_status()

    def close(self) -> None:
        """Leave the world as it was found, its clock's mode included."""
        self._kept = _SNAPSHOT
        self.restore()
        self._http.put(f"{self._world}/clock", json={"mode": self._mode}).raise_for_status()
        self.leave()

    def leave(self) -> None:
        """Close the connection, and touch nothing."""
        self._http.close()
