"""/lock and /unlock of later firmware."""

from __future__ import annotations

import pytest

from locksim.nuki.seed import FRONT_DOOR, GARDEN_DOOR
from tests.nuki.caller import Caller


@pytest.mark.rule("NK-R115")
@pytest.mark.parametrize(("path", "lock", "ends"), [("/lock", GARDEN_DOOR, 1), ("/unlock", FRONT_DOOR, 3)])
def test_they_act_and_answer_when_the_action_is_done(later: Caller, path: str, lock: int, ends: int) -> None:
    assert later.get(path, nukiId=lock).json == {"success": True, "batteryCritical": lock == GARDEN_DOOR}
    assert later.site.clock.iso == "2026-01-05T08:00:02Z"
    assert later.truth(lock) == later.known(lock) == ends


@pytest.mark.rule("NK-R116")
@pytest.mark.parametrize("path", ["/lock", "/unlock"])
def test_they_refuse_as_lock_action_does(later: Caller, path: str) -> None:
    assert later.get(path, nukiId=1).status == 404
    assert later.get(path, nukiId=FRONT_DOOR, token="wrong").status == 401
    later.lock(FRONT_DOOR).jam()
    assert later.get(path, nukiId=FRONT_DOOR).json["success"] is False
    later.lock(FRONT_DOOR).range()
    assert later.get(path, nukiId=FRONT_DOOR).body == b'{"success": false}'


@pytest.mark.rule("NK-R115")
@pytest.mark.parametrize("path", ["/lock", "/unlock"])
def test_the_documented_bridge_does_not_have_them(bridge: Caller, path: str) -> None:
    assert bridge.get(path, nukiId=FRONT_DOOR).status == 404
    assert path not in bridge.misses[0].replace(repr(path), "")
    assert bridge.truth(FRONT_DOOR) == 1
