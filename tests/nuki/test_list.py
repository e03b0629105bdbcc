"""/list: the last known state of each lock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locksim.nuki.seed import CELLAR_DOOR, FRONT_DOOR, GARDEN_DOOR, WORKSHOP
from tests.nuki.caller import Caller

RECORDED = json.loads(Path(__file__).parents[2].joinpath("fixtures/nuki/observed.json").read_text("utf-8"))["keys"]


@pytest.mark.rule("NK-R60")
def test_it_lists_the_paired_locks_only(bridge: Caller) -> None:
    assert [(item["nukiId"], item["name"]) for item in bridge.get("/list").json] == [
        (FRONT_DOOR, "Front door"),
        (GARDEN_DOOR, "Garden door"),
        (WORKSHOP, "Workshop"),
    ]


@pytest.mark.rule("NK-R60")
@pytest.mark.rule("NK-R61")
def test_an_item_has_the_keys_of_the_sample_in_its_order(bridge: Caller, examples: Any) -> None:
    sample = examples["answers"]["/list"][0]
    items = bridge.get("/list").json
    assert [list(item) for item in items] == [list(sample)] * 3
    assert [list(item["lastKnownState"]) for item in items] == [list(sample["lastKnownState"])] * 3


@pytest.mark.rule("NK-R62")
def test_the_timestamp_is_when_the_bridge_retrieved_the_state(bridge: Caller) -> None:
    began = bridge.now
    bridge.pass_time(60.7)
    assert bridge.listed(FRONT_DOOR)["lastKnownState"]["timestamp"] == began == "2026-01-05T08:00:00+00:00"
    bridge.get("/lockState", nukiId=FRONT_DOOR)
    assert bridge.listed(FRONT_DOOR)["lastKnownState"]["timestamp"] == bridge.now == "2026-01-05T08:01:00+00:00"
    assert bridge.listed(GARDEN_DOOR)["lastKnownState"]["timestamp"] == began


@pytest.mark.rule("NK-R63")
def test_it_does_not_read_the_lock(bridge: Caller) -> None:
    bridge.lock(FRONT_DOOR).range()
    bridge.lock(FRONT_DOOR).turn(to="unlocked")
    assert bridge.known(FRONT_DOOR) == 1


@pytest.mark.rule("NK-R64")
def test_later_firmware_has_more_keys(later: Caller) -> None:
    items = later.get("/list").json
    assert [list(item) for item in items] == [RECORDED["/list"]["keys"]] * 3
    assert [list(item["lastKnownState"]) for item in items] == [RECORDED["lastKnownState"]["keys"]] * 3


@pytest.mark.rule("NK-R65")
@pytest.mark.parametrize("first", ["a call", "a turn of the knob"])
def test_later_firmware_omits_the_state_of_a_lock_that_was_never_read(later: Caller, first: str) -> None:
    later.site.support("pair", lock=CELLAR_DOOR)
    assert "lastKnownState" not in later.listed(CELLAR_DOOR)
    if first == "a call":
        later.get("/lockState", nukiId=CELLAR_DOOR)
    else:
        later.lock(CELLAR_DOOR).turn()
    assert later.known(CELLAR_DOOR) == later.truth(CELLAR_DOOR)


@pytest.mark.rule("NK-R66")
def test_documented_pairing_reads_the_state(bridge: Caller) -> None:
    bridge.site.support("pair", lock=CELLAR_DOOR)
    assert bridge.listed(CELLAR_DOOR)["lastKnownState"] == {
        "state": 1,
        "stateName": "locked",
        "batteryCritical": False,
        "timestamp": bridge.now,
    }
