"""The phone: what Nokē's mobile library does on it. It takes commands to a lock or fob, and uploads the answers.

It has the mobile key, and asks the server for nothing but `/upload/`. What it could not upload it keeps, and tries
again before whatever it does next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lockpact.core.connection import Connection
from lockpact.noke.caller import Caller
from lockpact.noke.port import CredentialError, Delivered, NokeError, Opened, PhoneNotReady, Radio, Unavailable

__all__ = ["Phone"]

TRIES = 3
"""Uploads that are tried at once."""
PAUSE = 2.0
"""Seconds between them."""


@dataclass(frozen=True)
class StoredKey:
    """An offline key as the phone keeps it."""

    offline_key: str
    unlock_command: str


class Phone:
    """See the module. `site` must be the one that the product's server side asks."""

    def __init__(self, site: Connection) -> None:
        self.server = Caller(site, site.credentials.get("mobile_api_key", ""))
        self._nearby: Radio | None = site.nearby
        self._refused = False
        """Whether the server has refused the phone's key."""
        self._kept: list[dict[str, Any]] = []
        """Logs that have not been uploaded yet, oldest first."""
        self.stored: dict[tuple[str, str], StoredKey] = {}
        """By lock and tracking key."""

    def close(self) -> None:
        """Close the connections."""
        self.server.close()

    @property
    def radio(self) -> Radio:
        """Raises Unavailable where there is no hardware (on a live server)."""
        if self._nearby is None:
            raise Unavailable("there is no lock near this phone")
        return self._nearby

    def ready(self) -> None:
        """Raises PhoneNotReady: without a key that the server takes, what a lock answers would be lost."""
        if not self.server.key:
            raise PhoneNotReady("the phone has no mobile key; set it before anything is unlocked")
        if self._refused:
            raise PhoneNotReady("the server does not take the phone's mobile key; is it of this server?")

    def run(self, mac: str, commands_for: Callable[[str], str]) -> Opened:
        """Wake a lock or fob, fetch commands for the session that it tells, deliver them, upload what it answers."""
        self.ready()
        session = self.radio.wake(mac)
        commands = commands_for(session)
        return self._answered(mac, session, self.radio.deliver(mac, commands))

    def offline_unlock(self, mac: str, tracking_key: str) -> Opened:
        """With the stored key. What the lock answers is uploaded when there is a network."""
        self.ready()
        stored = self.stored.get((mac, tracking_key))
        if stored is None:
            raise Unavailable(f"this phone has no offline key of {mac}; fetch it where there is a network")
        session = self.radio.wake(mac)
        return self._answered(mac, session, self.radio.offline_unlock(mac, stored.offline_key, stored.unlock_command))

    def upload(self) -> bool:
        """Upload what is kept. → whether nothing is left."""
        for number in range(TRIES):
            if not self._kept:
                return True
            try:
                self.server.tell("/upload/", {"logs": list(self._kept)})
            except Unavailable:
                if number < TRIES - 1:
                    time.sleep(PAUSE)
            except CredentialError:
                self._refused = True
                raise
            else:
                self._kept.clear()
        return not self._kept

    def _answered(self, mac: str, session: str, delivered: Delivered) -> Opened:
        if delivered.responses:
            self._kept.append(
                {
                    "session": session,
                    "mac": mac,
                    "received_time": int(time.time()),
                    "responses": list(delivered.responses),
                }
            )
        try:
            acknowledged = self.upload()
        except NokeError:
            acknowledged = False  # the lock has done what it has done
        return Opened(delivered.done, acknowledged)
