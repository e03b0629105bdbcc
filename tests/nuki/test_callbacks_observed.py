"""The observed bridge calls back one receiver after another, and its log shows the failures."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.nuki.seed import FRONT_DOOR
from tests.nuki.caller import Caller

DEAD, FIRST, SECOND = "http://nobody.test/", "http://receiver.test/1", "http://receiver.test/2"


def log_types(bridge: Caller) -> list[Any]:
    return [entry["type"] for entry in bridge.get("/log").json]


@pytest.mark.rule("NK-R150")
def test_receivers_that_answer_are_called_at_once(later: Caller) -> None:
    for url in (FIRST, SECOND):
        later.register(url)
    later.lock(FRONT_DOOR).turn()
    assert [url for url, _ in later.received] == [FIRST, SECOND]


@pytest.mark.rule("NK-R150")
def test_a_first_receiver_that_fails_delays_the_others(later: Caller) -> None:
    later.get("/callback/add", url=DEAD)
    later.register(SECOND)
    later.lock(FRONT_DOOR).turn()
    later.pass_time(4.9)
    assert later.received == []
    later.pass_time(0.1)
    assert later.reported_states(FRONT_DOOR) == [3]


@pytest.mark.rule("NK-R150")
def test_documented_receivers_do_not_wait_for_each_other(bridge: Caller) -> None:
    bridge.get("/callback/add", url=DEAD)
    bridge.register(SECOND)
    bridge.lock(FRONT_DOOR).turn()
    assert bridge.reported_states(FRONT_DOOR) == [3]


@pytest.mark.rule("NK-R150")
def test_a_doubled_callback_does_not_double_the_next_ones(later: Caller) -> None:
    for url in (FIRST, SECOND):
        later.register(url)
    later.site.faults.inject({"kind": "double"}, path=FIRST)
    later.lock(FRONT_DOOR).turn()
    assert sorted(url for url, _ in later.received) == [FIRST, FIRST, SECOND]


@pytest.mark.rule("NK-R150")
def test_without_wlan_the_next_receiver_is_not_called(later: Caller) -> None:
    for url in (FIRST, SECOND):
        later.register(url)
    later.site.deliveries.mode = "held"
    later.lock(FRONT_DOOR).turn()
    later.bridge.network(wlan=False)
    later.site.deliveries.release(later.site.deliveries.list()[0].id)
    assert len(later.site.deliveries.list()) == 1


@pytest.mark.rule("NK-R151")
@pytest.mark.parametrize(("error", "type_"), [("timeout", "HTTP-PostTimeout"), ("dns", "WLAN-DnsError")])
@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_the_log_shows_a_callback_that_failed(profile: str, error: str, type_: str) -> None:
    bridge = Caller(profile)
    bridge.register(FIRST)
    bridge.site.faults.inject({"kind": "lose", "error": error}, path=FIRST)
    bridge.lock(FRONT_DOOR).turn()
    bridge.pass_time(1)
    assert type_ in log_types(bridge)
    assert bridge.received == []


@pytest.mark.rule("NK-R151")
def test_the_log_does_not_show_the_answer_of_a_receiver(later: Caller) -> None:
    later.register(FIRST, status=500)
    later.lock(FRONT_DOOR).turn()
    assert "HTTP-PostTimeout" not in log_types(later)
