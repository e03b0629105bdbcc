"""The observed bridge serves one call at a time."""

from __future__ import annotations

import pytest

from locksim.nuki.seed import FRONT_DOOR
from tests.nuki.caller import Caller

CALLS = ["/list", "/auth", "/info", "/nowhere", "/lockAction", "/log"]


@pytest.mark.rule("NK-R16")
@pytest.mark.parametrize("path", CALLS)
def test_while_a_call_is_pending_every_other_call_is_503(later: Caller, path: str) -> None:
    waiting = later.begin("/lockAction", nukiId=FRONT_DOOR, action=1)
    refused = later.get(path)
    assert (refused.status, refused.body) == (503, b"HTTP 503 Unavailable")
    later.pass_time(2)
    assert waiting.reply.json["success"] is True
    assert later.get("/list").status == 200


@pytest.mark.rule("NK-R16")
def test_a_caller_who_has_hung_up_blocks_no_other_call(later: Caller) -> None:
    waiting = later.begin("/auth")
    assert later.get("/list").status == 503
    later.leave(waiting)
    assert later.get("/list").status == 200


@pytest.mark.rule("NK-R16")
def test_discovery_is_served_while_the_bridge_is_busy(later: Caller) -> None:
    later.begin("/auth")
    assert later.get("/discover/bridges").status == 200


@pytest.mark.rule("NK-R17")
def test_calls_made_one_after_another_are_all_answered(later: Caller) -> None:
    for _ in range(3):
        for path in ("/list", "/info", "/callback/list", "/log"):
            assert later.get(path).status == 200
        assert later.act(FRONT_DOOR, 1)["success"] is True
        assert later.get("/lockState", nukiId=FRONT_DOOR).json["success"] is True


@pytest.mark.rule("NK-R16")
def test_the_documented_bridge_serves_several_calls(bridge: Caller) -> None:
    bridge.begin("/auth")
    assert bridge.get("/list").status == 200


@pytest.mark.rule("NK-R18")
def test_the_root_is_400_while_the_api_is_enabled(later: Caller) -> None:
    for token in (later.token, None, "wrong"):
        assert later.get("/", token=token).status == 400
    later.site.support("set_token", token="")
    assert later.get("/", token=None).status == 401
