"""A lock's packets, as Nokē's mobile library for Android reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from locksim.noke.seed import ALICES_FOB, TRAILER, YARD
from tests.noke.caller import Caller


class Library:
    """What the library does with the packets of a lock (NokeDeviceManagerService.onReceivedDataFromLock)."""

    def __init__(self, commands: str) -> None:
        self.commands = commands.upper().split("+")
        self.queue: list[str] = []
        self.uploaded: list[str] = []
        self.errors: list[str] = []

    def receive(self, packets: Sequence[str]) -> None:
        for packet in packets:
            assert len(packet) == 40
            destination, result = packet[:2], packet[2:4]
            if destination == "50":
                self.queue.append(packet.upper())
            elif destination == "51":
                self.commands.pop(0)
                if result != "60":
                    self.errors.append(result)
                elif not self.commands:
                    self.uploaded, self.queue = self.queue, []


@pytest.mark.rule("NO-R122")
@pytest.mark.parametrize("mac", [YARD, TRAILER])
def test_the_library_uploads_the_responses_after_the_last_command(company: Caller, mac: str) -> None:
    for number in range(9):
        company.issue_key(mac, str(number))
    commands = company.command(mac)
    library, session = Library(commands), company.body(mac).session
    library.receive(company.device(mac).deliver(commands=commands)["notifications"])
    assert (library.commands, library.queue, library.errors) == ([], [], [])
    log = {"session": session.upper(), "mac": mac, "received_time": company.now, "responses": library.uploaded}
    assert company.post("/upload/", {"logs": [log]}).code == 0
    assert (company.listed(mac)["status"], company.listed(mac)["flags"]) == ("ready", "none")


@pytest.mark.rule("NO-R122")
def test_all_packets_for_the_server_are_responses(company: Caller) -> None:
    key = company.issue_key(YARD, "alice")
    online = company.device(YARD).deliver(commands=company.command(YARD))
    offline = company.device(YARD).offline_unlock(offline_key=key["offline_key"], unlock_command=key["unlock_command"])
    session = company.device(ALICES_FOB).squeeze()["session"]
    commands = company.post("/fobs/sync/", {"mac": ALICES_FOB, "session": session}).data["commands"]
    fob = company.device(ALICES_FOB).deliver(commands=commands)
    for outcome in (online, offline, fob):
        assert outcome["responses"]
        assert [packet for packet in outcome["notifications"] if packet.startswith("50")] == outcome["responses"]
        assert outcome["notifications"][-1] == "5160" + "00" * 18


@pytest.mark.rule("NO-R122")
def test_a_refusal_is_an_error_of_the_library_and_nothing_is_uploaded(company: Caller) -> None:
    session = company.wake(YARD)
    commands = company.command(YARD, session=session)

    def bring(commands: str) -> tuple[list[str], Any]:
        library = Library(commands)
        library.receive(company.device(YARD).deliver(commands=commands)["notifications"])
        return library.errors, library.uploaded

    assert bring(commands[:-1] + ("0" if commands[-1] != "0" else "1")) == (["61"], [])
    assert bring(commands)[0] == []
    assert bring(commands) == (["62"], [])
    company.device(YARD).sleep()
    assert bring(commands) == ([], [])
