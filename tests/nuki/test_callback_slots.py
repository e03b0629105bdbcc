"""/callback/add, /callback/list, /callback/remove: three slots."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.nuki.caller import Caller

URLS = [f"http://receiver.test/{letter}" for letter in "abcde"]


def slots(bridge: Caller) -> dict[int, str]:
    return {item["id"]: item["url"] for item in bridge.get("/callback/list").json["callbacks"]}


@pytest.mark.rule("NK-R120")
def test_a_registered_url_is_listed_as_the_sample_shows(bridge: Caller, examples: Any) -> None:
    sample = examples["answers"]["/callback/list"]
    for item in sample["callbacks"]:
        assert bridge.get("/callback/add", url=item["url"]).json == examples["answers"]["/callback/add"]
    assert bridge.get("/callback/list").json == sample


@pytest.mark.rule("NK-R121")
def test_a_removed_url_is_gone(bridge: Caller) -> None:
    bridge.get("/callback/add", url=URLS[0])
    assert bridge.get("/callback/remove", id=0).json == {"success": True}
    assert slots(bridge) == {}


@pytest.mark.rule("NK-R122")
@pytest.mark.rule("NK-R123")
def test_a_fourth_url_does_not_succeed_and_has_a_message(bridge: Caller) -> None:
    for url in URLS[:3]:
        bridge.get("/callback/add", url=url)
    refused = bridge.get("/callback/add", url=URLS[3])
    assert refused.body == b'{"success":false,"message":"too many callbacks registered"}'
    assert slots(bridge) == dict(enumerate(URLS[:3]))


@pytest.mark.rule("NK-R124")
def test_registering_a_url_again_does_not_succeed(bridge: Caller) -> None:
    bridge.get("/callback/add", url=URLS[0])
    assert bridge.get("/callback/add", url=URLS[0]).json == {"success": False, "message": "callback already added"}
    assert len(slots(bridge)) == 1


@pytest.mark.rule("NK-R125")
def test_a_url_takes_the_lowest_free_slot_and_keeps_it(bridge: Caller) -> None:
    for url in URLS[:3]:
        bridge.get("/callback/add", url=url)
    bridge.get("/callback/remove", id=1)
    assert slots(bridge) == {0: URLS[0], 2: URLS[2]}
    bridge.get("/callback/add", url=URLS[3])
    assert slots(bridge) == {0: URLS[0], 1: URLS[3], 2: URLS[2]}


@pytest.mark.rule("NK-R126")
@pytest.mark.parametrize("number", [None, "", "1", "3", "-1", "00", "+0", "0.0", "x", "０", "0\0", "9" * 5000])
def test_an_id_that_is_not_taken_is_400(bridge: Caller, number: str | None) -> None:
    bridge.get("/callback/add", url=URLS[0])
    assert bridge.get("/callback/remove", id=number).status == 400
    assert slots(bridge) == {0: URLS[0]}


@pytest.mark.rule("NK-R125")
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=20))
def test_slots_behave_as_a_simple_model_does(steps: list[tuple[bool, int]]) -> None:
    bridge, model = Caller(), dict[int, str]()
    for add, number in steps:
        if add:
            reply = bridge.get("/callback/add", url=URLS[number])
            free = [slot for slot in range(3) if slot not in model]
            expected = bool(free) and URLS[number] not in model.values()
            assert reply.json["success"] is expected
            if expected:
                model[free[0]] = URLS[number]
        else:
            assert bridge.get("/callback/remove", id=number).status == (200 if number in model else 400)
            model.pop(number, None)
        assert slots(bridge) == model
