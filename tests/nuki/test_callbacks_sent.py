"""When callbacks are sent, and with which body."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locksim.nuki.seed import FRONT_DOOR, GARDEN_DOOR
from tests.nuki.caller import Caller

RECORDED = json.loads(Path(__file__).parents[2].joinpath("fixtures/nuki/observed.json").read_text("utf-8"))["keys"]
HOME = "http://192.168.0.20:8000/nuki"


@pytest.mark.rule("NK-R140")
def test_a_change_is_posted_as_the_sample_shows(bridge: Caller, examples: Any) -> None:
    bridge.register(HOME)
    bridge.lock(FRONT_DOOR).turn()
    (delivery,) = bridge.site.deliveries.list()
    assert (delivery.method, delivery.to) == ("POST", HOME)
    assert dict(delivery.headers)["Content-Type"] == "application/json"
    body = json.loads(delivery.body)
    assert list(body) == list(examples["callback"])
    assert body == {"nukiId": FRONT_DOOR, "state": 3, "stateName": "unlocked", "batteryCritical": False}


@pytest.mark.rule("NK-R141")
@pytest.mark.parametrize(
    ("action", "states"),
    [(1, [2, 3]), (2, [4, 1]), (3, [7, 5, 3]), (4, [2, 6, 4, 1]), (5, [7, 5, 6, 4, 1])],
)
def test_every_phase_of_a_sequence_is_a_change(bridge: Caller, action: int, states: list[int]) -> None:
    bridge.register(HOME)
    bridge.act(FRONT_DOOR, action)
    bridge.pass_time(60)
    assert bridge.reported_states(FRONT_DOOR) == states


@pytest.mark.rule("NK-R140")
def test_every_registered_url_is_called_and_a_removed_one_is_not(bridge: Caller) -> None:
    urls = [bridge.register(f"http://receiver.test/{n}") for n in range(3)]
    bridge.lock(GARDEN_DOOR).turn()
    assert [url for url, _ in bridge.received] == urls
    bridge.get("/callback/remove", id=0)
    bridge.lock(GARDEN_DOOR).turn()
    assert [url for url, _ in bridge.received[3:]] == urls[1:]


@pytest.mark.rule("NK-R142")
def test_without_a_change_of_state_no_callback_is_sent(bridge: Caller) -> None:
    bridge.register(HOME)
    lock = bridge.lock(FRONT_DOOR)
    lock.turn(to="locked")
    lock.battery(level="critical")
    lock.jam()
    lock.range(in_range=True, rssi=-40)
    bridge.get("/lockState", nukiId=FRONT_DOOR)
    assert bridge.received == []
    assert bridge.listed(FRONT_DOOR)["lastKnownState"]["batteryCritical"] is True


@pytest.mark.rule("NK-R143")
def test_changes_out_of_range_are_one_callback_when_the_lock_is_back(bridge: Caller) -> None:
    bridge.register(HOME)
    lock = bridge.lock(FRONT_DOOR)
    lock.range()
    lock.turn(to="unlatched")
    lock.turn(to="unlocked")
    assert (bridge.received, bridge.known(FRONT_DOOR)) == ([], 1)
    lock.range(in_range=True)
    assert bridge.reported_states(FRONT_DOOR) == [3]


@pytest.mark.rule("NK-R143")
def test_a_change_that_was_undone_out_of_range_is_never_reported(bridge: Caller) -> None:
    bridge.register(HOME)
    lock = bridge.lock(FRONT_DOOR)
    lock.range()
    lock.turn()
    lock.turn()
    lock.range(in_range=True)
    assert bridge.received == []


@pytest.mark.rule("NK-R144")
def test_changes_while_the_bridge_is_down_are_reported_when_it_is_up(bridge: Caller) -> None:
    bridge.register(HOME)
    bridge.get("/reboot")
    bridge.lock(FRONT_DOOR).turn()
    bridge.pass_time(29.9)
    assert bridge.received == []
    bridge.pass_time(0.1)
    assert bridge.reported_states(FRONT_DOOR) == [3]


@pytest.mark.rule("NK-R145")
def test_a_lost_callback_is_not_sent_again(bridge: Caller) -> None:
    bridge.get("/callback/add", url="http://nobody.test/")
    bridge.lock(FRONT_DOOR).turn()
    bridge.pass_time(3600)
    (delivery,) = bridge.site.deliveries.list()
    assert [(attempt.state, attempt.error) for attempt in delivery.attempts] == [("done", "refused")]


@pytest.mark.rule("NK-R145")
def test_a_receiver_that_answers_500_gets_the_next_change(bridge: Caller) -> None:
    bridge.register(HOME, status=500)
    bridge.lock(FRONT_DOOR).turn()
    bridge.lock(FRONT_DOOR).turn()
    assert bridge.reported_states(FRONT_DOOR) == [3, 1]


@pytest.mark.rule("NK-R146")
def test_without_wlan_no_callback_is_sent_though_the_bridge_knows_the_change(bridge: Caller) -> None:
    bridge.register(HOME)
    bridge.bridge.network(wlan=False)
    bridge.lock(FRONT_DOOR).turn()
    bridge.bridge.network(wlan=True)
    assert (bridge.received, bridge.known(FRONT_DOOR)) == ([], 3)


@pytest.mark.rule("NK-R147")
def test_a_receiver_may_call_back_into_the_bridge(bridge: Caller) -> None:
    seen = []
    bridge.get("/callback/add", url=HOME)
    bridge.world.deliveries.receive(
        HOME, lambda _: seen.append(bridge.get("/lockState", nukiId=FRONT_DOOR).json["state"])
    )
    bridge.act(FRONT_DOOR, 1)
    assert seen == [2, 3]


@pytest.mark.rule("NK-R148")
def test_a_late_callback_has_the_state_of_its_change(bridge: Caller) -> None:
    bridge.register(HOME)
    bridge.site.deliveries.mode = "held"
    bridge.act(FRONT_DOOR, 1)
    first, second = (delivery.id for delivery in bridge.site.deliveries.list())
    bridge.site.deliveries.release(second)
    bridge.site.deliveries.release(first)
    assert bridge.reported_states(FRONT_DOOR) == [3, 2]


@pytest.mark.rule("NK-R149")
def test_later_firmware_sends_more_keys(later: Caller) -> None:
    later.register(HOME)
    later.lock(FRONT_DOOR).turn()
    assert list(later.received[0][1]) == RECORDED["callback"]["keys"]
