"""A vendor's OpenAPI document, and our stand-in's control door, for judging a server."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from locksim.kernel.front import HUB
from locksim.vendors import load

__all__ = ["ControlDoor", "control_of", "document"]

_SNAPSHOT = "lockpact-conform"


def document(vendor: str) -> dict[str, Any]:
    """The vendor's OpenAPI document. Raises locksim's Unknown for a vendor that there is no stand-in for."""
    found: dict[str, Any] = yaml.safe_load(load(vendor).openapi.read_text(encoding="utf-8"))
    return found


def control_of(vendor: str, url: str) -> str | None:
    """The control door of the stand-in at this URL, where it has the usual place beside it; None when it has not."""
    parts = urlsplit(url)
    hub = (parts.port or 0) - load(vendor).sites[0].port + HUB
    guess = f"http://{parts.hostname}:{hub}/_sim"
    try:
        ready = httpx.get(guess, timeout=2, trust_env=False).raise_for_status().json()
        return guess if ready["vendors"][vendor]["url"] == url else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return None


class ControlDoor:
    """The control door of a served stand-in (`http://127.0.0.1:8700/_sim`). Raises httpx.HTTPError."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url.rstrip("/"), timeout=30, trust_env=False)
        self.ready: dict[str, Any] = self._http.get("/").raise_for_status().json()
        self._mode = "real"
        self._kept = _SNAPSHOT
        self._world = f"/worlds/{self.ready['world']}"

    def credentials(self, vendor: str) -> dict[str, Any]:
        """The vendor's credentials as they are now."""
        found: dict[str, Any] = self.ready["vendors"][vendor]["credentials"]
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
