"""/lockState: the present state of a lock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locksim.nuki.seed import BRIDGE, CELLAR_DOOR, FRONT_DOOR, GARDEN_DOOR
from tests.nuki.caller import Caller

RECORDED = json.loads(Path(__file__).parents[2].joinpath("fixtures/nuki/observed.json").read_text("utf-8"))["keys"]

INVALID_IDS: list[Any] = [
    None, "", "0", "-1", "1", str(CELLAR_DOOR), BRIDGE, f"0{FRONT_DOOR}", f"+{FRONT_DOOR}", f" {FRONT_DOOR}",
    f"{FRONT_DOOR} ", f"{FRONT_DOOR}.0", f"{FRONT_DOOR}\0", "4e8", hex(FRONT_DOOR), str(FRONT_DOOR + 2**32), "9" * 5000,
    "Front door", "null", "٤٠٧٢٢٥٦١١", "４０７２２５６１１",
]  # fmt: skip


@pytest.mark.rule("NK-R70")
def test_it_answers_the_present_state(bridge: Caller, examples: Any) -> None:
    state = bridge.get("/lockState", nukiId=FRONT_DOOR).json
    assert list(state.items()) == list(examples["answers"]["/lockState"].items())
    assert bridge.get("/lockState", nukiId=GARDEN_DOOR).json == {
        "state": 3,
        "stateName": "unlocked",
        "batteryCritical": True,
        "success": True,
    }


@pytest.mark.rule("NK-R70")
@pytest.mark.parametrize(("action", "state"), [(1, 2), (2, 4), (3, 7)])
def test_it_answers_the_state_while_the_motor_runs(bridge: Caller, action: int, state: int) -> None:
    bridge.act(FRONT_DOOR, action, noWait=1)
    assert bridge.get("/lockState", nukiId=FRONT_DOOR).json["state"] == state


@pytest.mark.rule("NK-R71")
def test_what_it_reads_is_known_from_then_on(bridge: Caller) -> None:
    bridge.pass_time(60)
    bridge.get("/lockState", nukiId=FRONT_DOOR)
    assert bridge.listed(FRONT_DOOR)["lastKnownState"]["timestamp"] == bridge.now


@pytest.mark.rule("NK-R72")
@pytest.mark.rule("NK-R73")
@pytest.mark.parametrize("number", INVALID_IDS)
@pytest.mark.parametrize("path", ["/lockState", "/lockAction?action=1", "/unpair"])
def test_anything_but_the_id_of_a_paired_lock_is_404(bridge: Caller, path: str, number: Any) -> None:
    path, _, action = path.partition("?action=")
    before = bridge.get("/list").body
    assert bridge.get(path, nukiId=number, action=action or None).status == 404
    assert bridge.get("/list").body == before


@pytest.mark.rule("NK-R75")
@pytest.mark.rule("NK-R67")
@pytest.mark.parametrize("how", ["out of range", "flat"])
@pytest.mark.parametrize("path", ["/lockState", "/lockAction"])
def test_an_offline_lock_is_503(bridge: Caller, path: str, how: str) -> None:
    lock = bridge.lock(FRONT_DOOR)
    if how == "flat":
        lock.battery(level="flat")
    else:
        lock.range()
    assert bridge.get(path, nukiId=FRONT_DOOR, action=1).status == 503
    assert bridge.truth(FRONT_DOOR) == 1


@pytest.mark.rule("NK-R74")
@pytest.mark.parametrize("path", ["/lockState", "/lockAction"])
def test_later_firmware_answers_200_and_success_false_for_an_offline_lock(later: Caller, path: str) -> None:
    later.lock(FRONT_DOOR).range()
    assert later.get(path, nukiId=FRONT_DOOR, action=1).body == b'{"success": false}'


@pytest.mark.rule("NK-R76")
def test_later_firmware_has_more_keys(later: Caller) -> None:
    assert list(later.get("/lockState", nukiId=FRONT_DOOR).json) == RECORDED["/lockState"]["keys"]
