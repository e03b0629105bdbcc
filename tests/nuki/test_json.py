"""The separators of JSON in each profile."""

from __future__ import annotations

import json

import pytest

from locksim.nuki.seed import FRONT_DOOR
from tests.nuki.caller import Caller

PATHS = ["/list", "/info", "/log", "/callback/list", "/discover/bridges", f"/lockState?nukiId={FRONT_DOOR}"]


@pytest.mark.rule("NK-R14")
@pytest.mark.parametrize("path", PATHS)
def test_documented_json_is_compact(bridge: Caller, path: str) -> None:
    path, _, number = path.partition("?nukiId=")
    reply = bridge.get(path, **({"nukiId": number} if number else {}))
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.body.decode() == json.dumps(reply.json, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.rule("NK-R13")
@pytest.mark.parametrize("path", PATHS)
def test_later_firmware_writes_a_space_after_commas_and_colons(later: Caller, path: str) -> None:
    path, _, number = path.partition("?nukiId=")
    reply = later.get(path, **({"nukiId": number} if number else {}))
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.body.decode() == json.dumps(reply.json, separators=(", ", ": "), ensure_ascii=False)


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_waiting_callers_get_the_same_json(profile: str) -> None:
    bridge = Caller(profile)
    at_once = bridge.get("/lockAction", nukiId=FRONT_DOOR, action=1, noWait=1)
    bridge.pass_time(5)
    assert bridge.get("/lockAction", nukiId=FRONT_DOOR, action=1).body == at_once.body
