"""The radio between a phone and the simulator's locks and fobs. Its messages are in the world's journal."""

from __future__ import annotations

import time
from typing import Any

from lockpact.noke.port import Delivered, OutOfReach

__all__ = ["SimulatedRadio"]


class SimulatedRadio:
    """A `lockpact.noke.port.Radio` to the devices of a stage.

    `far`: the locks and fobs that are out of the phone's reach. `leaving`: those that the phone leaves after it woke them,
    before it delivers anything. `download`: the seconds that a firmware file takes. `breaks`: whether the connection breaks
    while a firmware file is sent. `walk`: the seconds between waking a lock and delivering to it.
    """

    def __init__(self, stage: Any) -> None:
        self._stage = stage
        self.far: set[str] = set()
        self.leaving: set[str] = set()
        self.download = 20.0
        self.breaks = False
        self.walk = 0.0

    def wake(self, mac: str) -> str:
        """Touch a lock, or squeeze a fob."""
        self._reach(mac)
        session = str(self._act(mac, "squeeze" if mac in self._stage.truth().fobs else "wake")["session"])
        if not session:
            raise OutOfReach(f"{mac} does not wake")
        return session

    def deliver(self, mac: str, commands: str) -> Delivered:
        """Deliver what the client takes for commands."""
        if self.walk:
            time.sleep(self.walk)
        if mac in self.leaving:
            raise OutOfReach(f"the phone left {mac} before it delivered the commands")
        return self._deliver(mac, "deliver", commands=str(commands))

    def offline_unlock(self, mac: str, offline_key: str, unlock_command: str) -> Delivered:
        """Unlock with a stored key. The lock is woken if it sleeps."""
        return self._deliver(mac, "offline_unlock", offline_key=str(offline_key), unlock_command=str(unlock_command))

    def download_firmware(self, mac: str) -> bytes:
        """Download the file, which takes `download` seconds of the world's time."""
        time.sleep(self.download)
        return _firmware(mac)

    def upload_firmware(self, mac: str, file: bytes) -> bool:
        """Load the file onto the lock. Each lock takes its own file only."""
        self._reach(mac)
        return not self.breaks and file == _firmware(mac) and bool(self._act(mac, "load_firmware")["updated"])

    def _deliver(self, mac: str, action: str, **args: str) -> Delivered:
        self._reach(mac)
        responses = self._act(mac, action, **args).get("responses", ())
        # A lock or fob that refuses has no responses.
        return Delivered(bool(responses), tuple(responses))

    def _reach(self, mac: str) -> None:
        if mac in self.far:
            raise OutOfReach(f"{mac} is out of the phone's reach")

    def _act(self, mac: str, action: str, **args: Any) -> dict[str, Any]:
        answer: dict[str, Any] | None = self._stage.try_to(mac, action, **args)
        if answer is None:
            raise OutOfReach(f"{mac} does not answer the phone")
        return answer


def _firmware(mac: str) -> bytes:
    """Return the firmware file for a lock."""
    return f"firmware for {mac}".encode()
