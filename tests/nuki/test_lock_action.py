"""/lockAction: its parameters and its answers. test_motor tests what the lock does."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.nuki.seed import FRONT_DOOR, GARDEN_DOOR
from tests.nuki.caller import Caller


@pytest.mark.rule("NK-R80")
def test_it_answers_success_and_the_battery_in_the_order_of_the_sample(bridge: Caller, examples: Any) -> None:
    answer = bridge.act(FRONT_DOOR, 1)
    assert list(answer.items()) == list(examples["answers"]["/lockAction"].items())
    assert bridge.act(GARDEN_DOOR, 1)["batteryCritical"] is True


@pytest.mark.rule("NK-R81")
@pytest.mark.parametrize("action", [None, "", "0", "6", "-1", "1.0", "01", " 1", "unlock", "１", "1\0", "9" * 400])
def test_an_invalid_action_is_400(bridge: Caller, action: str | None) -> None:
    assert bridge.get("/lockAction", nukiId=FRONT_DOOR, action=action).status == 400
    assert bridge.truth(FRONT_DOOR) == 1


@pytest.mark.rule("NK-R82")
@pytest.mark.parametrize("flag", ["", "2", "-1", "true", "false", "01", "１"])
def test_an_invalid_no_wait_is_400(bridge: Caller, flag: str) -> None:
    assert bridge.get("/lockAction", nukiId=FRONT_DOOR, action=1, noWait=flag).status == 400
    assert bridge.truth(FRONT_DOOR) == 1


@pytest.mark.rule("NK-R83")
@pytest.mark.parametrize(("query", "seconds"), [({}, 2), ({"noWait": 0}, 2), ({"noWait": 1}, 0)])
def test_it_waits_unless_no_wait_is_set(bridge: Caller, query: dict[str, int], seconds: int) -> None:
    bridge.act(FRONT_DOOR, 1, **query)
    assert bridge.site.clock.iso == f"2026-01-05T08:00:0{seconds}Z"


@pytest.mark.rule("NK-R68")
def test_a_caller_who_leaves_does_not_stop_the_motor(bridge: Caller) -> None:
    bridge.leave(bridge.begin("/lockAction", nukiId=FRONT_DOOR, action=1))
    bridge.pass_time(2)
    assert bridge.known(FRONT_DOOR) == 3


@pytest.mark.rule("NK-R87")
def test_two_locks_move_at_the_same_time(bridge: Caller) -> None:
    one, other = (bridge.begin("/lockAction", nukiId=lock, action=3) for lock in (FRONT_DOOR, GARDEN_DOOR))
    bridge.pass_time(3)
    for waiting in (one, other):
        assert waiting.reply.json["success"] is True


@pytest.mark.rule("NK-R88")
def test_a_drowsy_lock_misses_the_first_action_after_a_pause(later: Caller) -> None:
    assert later.act(FRONT_DOOR, 1)["success"] is True, "locks are drowsy only if support says so"
    later.site.support("drowsy")
    later.pass_time(601)
    assert later.act(FRONT_DOOR, 2)["success"] is False
    later.pass_time(4)
    assert later.act(FRONT_DOOR, 2)["success"] is True
    later.pass_time(590)
    assert later.act(FRONT_DOOR, 1)["success"] is True
