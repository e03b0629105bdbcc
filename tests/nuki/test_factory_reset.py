"""/factoryReset."""

from __future__ import annotations

import pytest

from locksim.nuki.seed import FRONT_DOOR
from tests.nuki.caller import Caller


@pytest.fixture
def reset(bridge: Caller) -> Caller:
    """A bridge with a callback, after its reset."""
    bridge.register("http://receiver.test/")
    bridge.get("/configAuth", enable=0)
    assert bridge.get("/factoryReset").body == b""
    return bridge


@pytest.mark.rule("NK-R180")
@pytest.mark.rule("NK-R183")
def test_token_and_api_are_gone_and_auth_is_enabled(reset: Caller) -> None:
    assert reset.site.credentials == {"token": ""}
    assert reset.get("/list").status == 401
    reset.bridge.press_button(after=1)
    token = reset.get("/auth").json["token"]
    assert token != reset.token
    assert reset.get("/list", token=reset.token).status == 401
    assert reset.get("/list", token=token).json == []


@pytest.mark.rule("NK-R180")
def test_pairings_callbacks_and_log_are_gone(reset: Caller) -> None:
    reset.site.support("set_token", token=reset.token)
    assert reset.get("/callback/list").json == {"callbacks": []}
    assert [entry["type"] for entry in reset.get("/log").json] == ["HTTP-Log"]
    reset.lock(FRONT_DOOR).turn()
    assert reset.received == []


@pytest.mark.rule("NK-R180")
def test_it_can_be_discovered_again(reset: Caller) -> None:
    assert reset.get("/discover/bridges").json["bridges"][0]["port"] == 8080


@pytest.mark.rule("NK-R181")
def test_it_answers_at_once_and_keeps_running(reset: Caller) -> None:
    assert reset.get("/list").status == 401
    reset.site.support("set_token", token=reset.token)
    assert reset.get("/info").json["uptime"] > 0


@pytest.mark.rule("NK-R182")
def test_waiting_callers_are_hung_up(bridge: Caller) -> None:
    waiting, moving = bridge.begin("/auth"), bridge.begin("/lockAction", nukiId=FRONT_DOOR, action=1)
    bridge.get("/factoryReset")
    for hung_up in (waiting, moving):
        assert hung_up.reply.status == 0
    assert bridge.bridge.press_button()["windows"] == 0
    assert not bridge.bridge.state["led"]
