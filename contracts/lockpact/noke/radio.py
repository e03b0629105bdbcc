"""The air between a phone and the stand-in's locks and fobs. What goes through it is in the world's journal."""

from __future__ import annotations

import time
from typing import Any

from lockpact.noke.port import Delivered, OutOfReach

__all__ = ["StandInRadio"]

FIRMWARE = b"firmware"


class StandInRadio:
    """Implements `lockpact.noke.port.Radio` with the hardware of a stage.

    `far` are the locks and fobs that the phone does not stand at; from those in `leaving` it walks away once they are
    awake, before it tells them anything. `download` are the seconds that a file takes.
    """

    def __init__(self, stage: Any) -> None:
        self._stage = stage
        self.far: set[str] = set()
        self.leaving: set[str] = set()
        self.download = 20.0

    def wake(self, mac: str) -> str:
        """A fob is squeezed, a lock is touched."""
        self._reach(mac)
        session = str(self._act(mac, "squeeze" if mac in self._stage.truth().fobs else "wake")["session"])
        if not session:
            raise OutOfReach(f"{mac} does not wake")
        return session

    def deliver(self, mac: str, commands: str) -> Delivered:
        """Whatever a client takes for commands."""
        if mac in self.leaving:
            raise OutOfReach(f"the phone has left {mac} before it could tell it anything")
        return self._tell(mac, "deliver", commands=str(commands))

    def offline_unlock(self, mac: str, offline_key: str, unlock_command: str) -> Delivered:
        """It wakes the lock itself."""
        return self._tell(mac, "offline_unlock", offline_key=str(offline_key), unlock_command=str(unlock_command))

    def download_firmware(self, mac: str) -> bytes:
        """Takes `download` seconds of the world's time."""
        time.sleep(self.download)
        return FIRMWARE

    def upload_firmware(self, mac: str, file: bytes) -> bool:
        """One file fits all locks here."""
        self._reach(mac)
        return file == FIRMWARE and bool(self._act(mac, "load_firmware")["updated"])

    def _tell(self, mac: str, action: str, **args: str) -> Delivered:
        self._reach(mac)
        responses = self._act(mac, action, **args).get("responses", ())
        # Whoever refuses has nothing to say.
        return Delivered(bool(responses), tuple(responses))

    def _reach(self, mac: str) -> None:
        if mac in self.far:
            raise OutOfReach(f"the phone does not stand at {mac}")

    def _act(self, mac: str, action: str, **args: Any) -> dict[str, Any]:
        answer: dict[str, Any] | None = self._stage.try_to(mac, action, **args)
        if answer is None:
            raise OutOfReach(f"{mac} does not answer the phone")
        return answer
