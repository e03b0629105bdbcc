"""/reboot, /fwupdate, power and network: when the bridge is down, and what it has lost afterwards."""

from __future__ import annotations

import pytest

from locksim.nuki.seed import FRONT_DOOR, GARDEN_DOOR
from tests.nuki.caller import Caller

RESTARTS = ["/reboot", "/fwupdate"]


@pytest.mark.rule("NK-R167")
@pytest.mark.rule("NK-R170")
@pytest.mark.rule("NK-R172")
@pytest.mark.parametrize("path", RESTARTS)
def test_it_answers_with_an_empty_body_and_is_down_for_thirty_seconds(bridge: Caller, path: str) -> None:
    reply = bridge.get(path)
    assert (reply.status, reply.body) == (200, b"")
    for call in ("/list", "/auth", "/nowhere"):
        assert bridge.get(call).status == 0
    bridge.pass_time(29.999999)
    assert bridge.get("/list").status == 0
    bridge.pass_time(0.000001)
    assert bridge.get("/info").json["uptime"] == 0
    bridge.pass_time(12)
    assert bridge.get("/info").json["uptime"] == 12


@pytest.mark.rule("NK-R171")
@pytest.mark.parametrize("path", RESTARTS)
def test_token_callbacks_pairings_and_log_are_kept(bridge: Caller, path: str) -> None:
    bridge.register("http://receiver.test/")
    before = bridge.get("/list").body, bridge.get("/callback/list").body
    bridge.get(path)
    bridge.pass_time(30)
    assert (bridge.get("/list").body, bridge.get("/callback/list").body) == before
    assert len(bridge.get("/log").json) > 1


@pytest.mark.rule("NK-R173")
def test_waiting_callers_are_hung_up(bridge: Caller) -> None:
    for waiting in (bridge.begin("/auth"), bridge.begin("/lockAction", nukiId=FRONT_DOOR, action=3)):
        assert not waiting.answered()
    waiting = bridge.begin("/auth")
    moving = bridge.begin("/lockAction", nukiId=GARDEN_DOOR, action=2)
    bridge.get("/reboot")
    for hung_up in (waiting, moving):
        assert hung_up.reply.status == 0
    assert not bridge.bridge.state["led"]
    bridge.pass_time(30)
    assert bridge.bridge.press_button()["windows"] == 0
    assert bridge.known(GARDEN_DOOR) == 1, "the motor has batteries of its own"


@pytest.mark.rule("NK-R174")
@pytest.mark.rule("NK-R178")
def test_fwupdate_installs_the_next_version(bridge: Caller) -> None:
    def version() -> list[int]:
        text: str = bridge.get("/info").json["versions"]["firmwareVersion"]
        return [int(part) for part in text.split(".")]

    before = version()
    bridge.get("/fwupdate")
    bridge.pass_time(30)
    assert version() > before


@pytest.mark.rule("NK-R175")
def test_without_the_server_there_is_no_update_and_no_restart(bridge: Caller) -> None:
    before = bridge.get("/info").json["versions"]
    bridge.bridge.network(on=False)
    assert bridge.get("/fwupdate").status == 200
    assert bridge.get("/info").json["versions"] == before


@pytest.mark.rule("NK-R176")
def test_without_power_the_bridge_is_silent_and_boots_when_it_is_back(bridge: Caller) -> None:
    waiting = bridge.begin("/auth")
    assert bridge.bridge.power() == {"powered": False}
    assert waiting.reply.status == 0
    bridge.pass_time(3600)
    assert bridge.get("/list").status == 0
    assert bridge.bridge.power() == {"powered": True}
    bridge.pass_time(29.9)
    assert bridge.get("/list").status == 0
    bridge.pass_time(0.1)
    assert bridge.get("/info").json["uptime"] == 0


@pytest.mark.rule("NK-R176")
def test_a_power_failure_during_a_reboot_starts_it_again(bridge: Caller) -> None:
    bridge.register("http://receiver.test/")
    bridge.get("/reboot")
    bridge.lock(FRONT_DOOR).turn()
    bridge.pass_time(20)
    bridge.bridge.power(on=False)
    bridge.bridge.power(on=True)
    bridge.pass_time(10)
    assert bridge.get("/list").status == 0
    assert bridge.received == []
    bridge.pass_time(20)
    assert bridge.get("/list").status == 200
    assert bridge.reported_states(FRONT_DOOR) == [3]


@pytest.mark.rule("NK-R177")
def test_without_wlan_calls_break_but_the_bridge_runs_on(bridge: Caller) -> None:
    waiting, moving = bridge.begin("/auth"), bridge.begin("/lockAction", nukiId=FRONT_DOOR, action=1)
    bridge.bridge.network(wlan=False)
    for broken in (waiting, moving):
        assert broken.reply.status == 0
    assert bridge.get("/list").status == 0
    bridge.pass_time(5)
    assert bridge.bridge.press_button()["windows"] == 1, "its button needs no network"
    bridge.bridge.network(wlan=True)
    assert bridge.known(FRONT_DOOR) == 3
    assert bridge.get("/info").json["uptime"] > 5
