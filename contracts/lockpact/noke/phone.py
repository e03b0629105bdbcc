"""A phone with Nokē's mobile library: it brings commands to a lock or fob, and uploads the responses.

It has the mobile key and calls only `/upload/`. It keeps what it could not upload, and tries again before its next action.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lockpact.core.connection import Connection
from lockpact.noke.caller import Caller
from lockpact.noke.port import CommandResult, CredentialError, Delivered, NokeError, PhoneNotReady, Radio, Unavailable

__all__ = ["Phone"]

TRIES = 3
"""How often an upload is tried."""
PAUSE = 2.0
"""Seconds between tries."""


@dataclass(frozen=True)
class StoredKey:
    """An offline key that the phone keeps."""

    offline_key: str
    unlock_command: str


class Phone:
    """The phone side of a client. `connection` must be the server side's."""

    def __init__(self, connection: Connection) -> None:
        self.server = Caller(connection, connection.credentials.get("mobile_api_key", ""))
        self._nearby: Radio | None = connection.nearby
        self._refused = False
        """Whether the server has refused the phone's key."""
        self._kept: list[dict[str, Any]] = []
        """Logs that have not been uploaded yet, oldest first."""
        self.stored: dict[tuple[str, str], StoredKey] = {}
        """(lock, tracking key) → the stored offline key."""

    def close(self) -> None:
        """Close the connections."""
        self.server.close()

    @property
    def radio(self) -> Radio:
        """The radio to locks and fobs. Raises Unavailable when there is none (with a live server)."""
        if self._nearby is None:
            raise Unavailable("there is no lock near this phone")
        return self._nearby

    def ready(self) -> None:
        """Check the mobile key: without it a lock's responses would be lost. Raises PhoneNotReady."""
        if not self.server.key:
            raise PhoneNotReady("the phone has no mobile key; set it before anything is unlocked")
        if self._refused:
            raise PhoneNotReady("the server does not accept the phone's mobile key; is it for this server?")

    def run(self, mac: str, commands_for: Callable[[str], str]) -> CommandResult:
        """Wake a lock or fob, fetch commands for its session, deliver them, and upload its responses."""
        self.ready()
        session = self.radio.wake(mac)
        commands = commands_for(session)
        return self._finish(mac, session, self.radio.deliver(mac, commands))

    def offline_unlock(self, mac: str, tracking_key: str) -> CommandResult:
        """Unlock with the stored key. The responses are uploaded once there is a network."""
        self.ready()
        stored = self.stored.get((mac, tracking_key))
        if stored is None:
            raise Unavailable(f"this phone has no offline key of {mac}; fetch it while there is a network")
        session = self.radio.wake(mac)
        return self._finish(mac, session, self.radio.offline_unlock(mac, stored.offline_key, stored.unlock_command))

    def upload(self) -> bool:
        """Upload what is kept. Return whether nothing is left."""
        for number in range(TRIES):
            if not self._kept:
                return True
            try:
                self.server.call("/upload/", {"logs": list(self._kept)})
            except Unavailable:
                if number < TRIES - 1:
                    time.sleep(PAUSE)
            except CredentialError:
                self._refused = True
                raise
            else:
                self._kept.clear()
        return not self._kept

    def _finish(self, mac: str, session: str, delivered: Delivered) -> CommandResult:
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
            acknowledged = False  # The lock has acted, whatever became of the upload.
        return CommandResult(delivered.done, acknowledged)
