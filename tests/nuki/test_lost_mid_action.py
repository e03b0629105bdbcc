"""A lock that goes out of range while a caller waits for its motor."""

from __future__ import annotations

import pytest

from locksim.nuki.seed import FRONT_DOOR
from tests.nuki.caller import Caller


@pytest.mark.rule("NK-R86")
def test_the_waiting_caller_gets_503_at_once_and_the_motor_runs_on(bridge: Caller) -> None:
    waiting = bridge.begin("/lockAction", nukiId=FRONT_DOOR, action=1)
    bridge.pass_time(1)
    bridge.lock(FRONT_DOOR).range()
    assert waiting.reply.status == 503
    bridge.pass_time(5)
    assert bridge.truth(FRONT_DOOR) == 3
    assert bridge.known(FRONT_DOOR) == 2
    bridge.lock(FRONT_DOOR).range(in_range=True)
    assert bridge.known(FRONT_DOOR) == 3


@pytest.mark.rule("NK-R74")
def test_later_firmware_answers_success_false(later: Caller) -> None:
    waiting = later.begin("/lockAction", nukiId=FRONT_DOOR, action=1)
    later.lock(FRONT_DOOR).range()
    assert waiting.reply.json == {"success": False}


def test_an_injected_fault_can_take_the_lock_out_of_range_before_the_call(bridge: Caller) -> None:
    fault = {"kind": "act", "device": str(FRONT_DOOR), "action": "range", "args": {}}
    bridge.site.faults.inject(fault, path="/lockAction", times=1)
    assert bridge.get("/lockAction", nukiId=FRONT_DOOR, action=1).status == 503
    assert bridge.truth(FRONT_DOOR) == 1
