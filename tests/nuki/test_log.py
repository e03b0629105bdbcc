"""/log and /clearlog."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.nuki.seed import FRONT_DOOR
from locksim.nuki.state import LOG_LIMIT
from tests.nuki.caller import Caller


def types(entries: list[Any]) -> list[str]:
    return [entry["type"] for entry in entries]


@pytest.mark.rule("NK-R160")
def test_an_entry_has_a_timestamp_and_a_type(bridge: Caller) -> None:
    bridge.pass_time(7.5)
    assert bridge.get("/log").body == b'[{"timestamp":"2026-01-05T08:00:07+00:00","type":"HTTP-Log"}]'


@pytest.mark.rule("NK-R161")
def test_the_newest_entries_come_first_including_the_call_itself(bridge: Caller) -> None:
    bridge.get("/list")
    bridge.get("/info")
    assert types(bridge.get("/log").json) == ["HTTP-Log", "HTTP-Info", "HTTP-List"]


@pytest.mark.rule("NK-R162")
def test_offset_and_count_default_to_0_and_100(bridge: Caller) -> None:
    for _ in range(120):
        bridge.get("/info")
    assert len(bridge.get("/log").json) == 100
    assert len(bridge.get("/log", count=110).json) == 110
    assert types(bridge.get("/log", offset=0).json)[0] == "HTTP-Log"


@pytest.mark.rule("NK-R162")
@given(offset=st.integers(0, 300), count=st.integers(0, 300))
def test_offset_and_count_select_a_part_of_the_log(offset: int, count: int) -> None:
    bridge = Caller()
    for number in range(60):
        bridge.get("/info" if number % 3 else "/list")
    full = bridge.get("/log", count=LOG_LIMIT).json
    part = bridge.get("/log", offset=offset + 1, count=count).json
    assert part == full[offset : offset + count]


@pytest.mark.rule("NK-R163")
@pytest.mark.parametrize("name", ["offset", "count"])
@pytest.mark.parametrize("number", ["", "-1", "1.0", "x", "01", "1e3", "１", "0x1", " 1"])
def test_an_invalid_number_is_400(bridge: Caller, name: str, number: str) -> None:
    assert bridge.get("/log", **{name: number}).status == 400


@pytest.mark.rule("NK-R163")
def test_numbers_may_be_huge(bridge: Caller) -> None:
    assert bridge.get("/log", offset="9" * 5000).json == []
    assert len(bridge.get("/log", count="9" * 5000).json) == 2


@pytest.mark.rule("NK-R164")
def test_the_types_and_the_hex_id_are_those_of_later_firmware(later: Caller) -> None:
    later.get("/lockState", nukiId=FRONT_DOOR)
    later.act(FRONT_DOOR, 2)
    entries = list(reversed(later.get("/log").json))
    lock, at = f"{FRONT_DOOR:08X}", "2026-01-05T08:00:00+00:00"
    assert entries[:5] == [
        {"timestamp": at, "nukiId": lock, "type": "HTTP-LockState"},
        {"timestamp": at, "nukiId": lock, "type": "BLE-Connect", "pairIndex": 0},
        {"timestamp": at, "nukiId": lock, "type": "BLE-Connected", "pairIndex": 0, "bleHandle": "0001"},
        {"timestamp": at, "nukiId": lock, "type": "BLE-ReadStates", "pairIndex": 0},
        {"timestamp": at, "nukiId": lock, "type": "BLE-Disconnected", "pairIndex": 0, "bleHandle": "0001"},
    ]
    assert {"timestamp": at, "nukiId": lock, "type": "HTTP-LockActionStart", "action": "lock"} in entries
    assert {"timestamp": at, "type": "SSE-PushNukisRequest", "count": 3} in entries
    assert types(entries)[-4:] == [
        "HTTP-LockActionSuccess",
        "SSE-PushNukisRequest",
        "SSE-PushNukisResponse",
        "HTTP-Log",
    ]
    assert list(entries[0]) == ["timestamp", "nukiId", "type"], "in the order of the recording"


@pytest.mark.rule("NK-R164")
def test_nothing_is_pushed_while_the_server_is_not_connected(bridge: Caller) -> None:
    bridge.bridge.network(on=False)
    bridge.lock(FRONT_DOOR).turn()
    assert types(bridge.get("/log").json) == ["HTTP-Log"]


@pytest.mark.rule("NK-R168")
@pytest.mark.parametrize(("no_wait", "logged"), [(0, True), (1, False)])
def test_only_an_action_that_is_waited_for_logs_its_success(bridge: Caller, no_wait: int, logged: bool) -> None:
    bridge.act(FRONT_DOOR, 1, noWait=no_wait)
    bridge.pass_time(10)
    assert ("HTTP-LockActionSuccess" in types(bridge.get("/log").json)) is logged


@pytest.mark.rule("NK-R169")
def test_only_lock_state_logs_its_bluetooth_contact(bridge: Caller) -> None:
    bridge.act(FRONT_DOOR, 1)
    bridge.get("/list")
    assert not [entry for entry in types(bridge.get("/log").json) if entry.startswith("BLE-")]
    bridge.get("/lockState", nukiId=FRONT_DOOR)
    assert [entry for entry in types(bridge.get("/log").json) if entry.startswith("BLE-")]


@pytest.mark.rule("NK-R165")
def test_the_log_is_bounded_and_drops_the_oldest_entries(bridge: Caller) -> None:
    bridge.get("/list")
    for _ in range(LOG_LIMIT):
        bridge.get("/info")
    entries = bridge.get("/log", count=10 * LOG_LIMIT).json
    assert len(entries) == LOG_LIMIT
    assert "HTTP-List" not in types(entries)


@pytest.mark.rule("NK-R166")
@pytest.mark.rule("NK-R167")
def test_clearlog_empties_it_and_answers_with_an_empty_body(bridge: Caller) -> None:
    bridge.get("/info")
    reply = bridge.get("/clearlog")
    assert (reply.status, reply.body, reply.headers["Content-Length"]) == (200, b"", "0")
    assert "Content-Type" not in reply.headers
    assert types(json.loads(bridge.get("/log").body)) == ["HTTP-Log"]
