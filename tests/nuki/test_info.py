"""/info: the bridge and the locks within range."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from locksim.nuki.seed import BRIDGE, CELLAR_DOOR, FRONT_DOOR, GARDEN_DOOR, WORKSHOP
from tests.nuki.caller import Caller

RECORDED = json.loads(Path(__file__).parents[2].joinpath("fixtures/nuki/observed.json").read_text("utf-8"))["keys"]


@pytest.mark.rule("NK-R100")
def test_a_hardware_bridge_has_the_keys_of_the_sample(bridge: Caller, examples: Any) -> None:
    sample, info = examples["answers"]["/info"], bridge.get("/info").json
    assert list(info) == list(sample)
    for part in ("ids", "versions"):
        assert list(info[part]) == list(sample[part])
    assert [list(lock) for lock in info["scanResults"]] == [list(sample["scanResults"][0])] * 4
    assert info["bridgeType"] == 1


@pytest.mark.rule("NK-R101")
def test_a_software_bridge_has_only_a_server_id_and_an_app_version(bridge: Caller) -> None:
    bridge.site.support("bridge_type")
    info = bridge.get("/info").json
    assert (info["bridgeType"], info["ids"], list(info["versions"])) == (2, {"serverId": int(BRIDGE)}, ["appVersion"])


@pytest.mark.rule("NK-R102")
def test_uptime_and_time_follow_the_worlds_clock(bridge: Caller) -> None:
    before = bridge.get("/info").json
    assert before["currentTime"] == "2026-01-05T08:00:00Z"
    bridge.pass_time(90.9)
    info = bridge.get("/info").json
    assert info["uptime"] - before["uptime"] == 90
    assert info["currentTime"] == "2026-01-05T08:01:30Z"


@pytest.mark.rule("NK-R103")
def test_it_shows_whether_the_server_is_connected(bridge: Caller) -> None:
    assert bridge.get("/info").json["serverConnected"] is True
    bridge.bridge.network()
    assert bridge.get("/info").json["serverConnected"] is False
    bridge.bridge.network()
    assert bridge.get("/info").json["serverConnected"] is True


@pytest.mark.rule("NK-R104")
def test_scan_results_are_all_locks_in_range_paired_or_not(bridge: Caller) -> None:
    def scanned() -> dict[int, bool]:
        return {item["nukiId"]: item["paired"] for item in bridge.get("/info").json["scanResults"]}

    assert scanned() == {FRONT_DOOR: True, GARDEN_DOOR: True, WORKSHOP: True, CELLAR_DOOR: False}
    bridge.lock(FRONT_DOOR).range()
    bridge.lock(CELLAR_DOOR).battery(level="flat")
    assert scanned() == {GARDEN_DOOR: True, WORKSHOP: True}
    bridge.lock(FRONT_DOOR).range(in_range=True, rssi=-50)
    assert [i["rsi"] for i in bridge.get("/info").json["scanResults"] if i["nukiId"] == FRONT_DOOR] == [-50]


@pytest.mark.rule("NK-R105")
def test_names_are_the_decimal_id_with_eight_digits_at_least(bridge: Caller) -> None:
    names = [item["name"] for item in bridge.get("/info").json["scanResults"]]
    assert names[0] == f"Nuki_{FRONT_DOOR}"
    state = msgspec.to_builtins(bridge.state)
    state["bridges"][0]["locks"][0]["id"] = 10
    assert Caller(state=state).get("/info").json["scanResults"][0]["name"] == "Nuki_00000010"


@pytest.mark.rule("NK-R107")
def test_later_firmware_has_the_recorded_versions(later: Caller) -> None:
    assert later.get("/info").json["versions"] == {"firmwareVersion": "2.7.0", "wifiFirmwareVersion": "2.1.17"}


@pytest.mark.rule("NK-R106")
def test_later_firmware_has_other_keys_and_hex_names(later: Caller) -> None:
    info = later.get("/info").json
    assert list(info) == RECORDED["/info"]["keys"]
    assert info["currentTime"] == "2026-01-05T08:00:00+00:00"
    locks = info["scanResults"]
    assert [list(lock) for lock in locks] == [RECORDED["scanResults"]["keys"]] * 4
    assert [lock["name"] for lock in locks] == [f"Nuki_{lock['nukiId']:08X}" for lock in locks]
