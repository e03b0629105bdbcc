"""A vendor's devices, support actions, state and faults, through the control API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.served import ServedToy, until

BELL = {"id": "front", "kind": "bell", "state": {"rings": 0, "plugged": True}, "actions": ["ring", "plug_in", "unplug"]}


def test_devices_are_listed_with_their_actions(toy: ServedToy) -> None:
    assert toy.sim("GET", "/toy/hardware") == {"devices": [BELL]}


def test_a_device_action_says_what_happened(toy: ServedToy) -> None:
    assert toy.act("ring", times=3) == {"heard": 0}
    assert toy.sim("GET", "/toy/hardware")["devices"][0]["state"] == {"rings": 3, "plugged": True}
    answer = toy.http.post(f"{toy.control}/worlds/default/toy/hardware/front/ring", content=b'{"times": 2}')
    assert (answer.status_code, answer.json()) == (200, {"heard": 0}), "whatever the content type says"


def test_support_actions_change_the_state(toy: ServedToy) -> None:
    assert toy.sim("POST", "/toy/support/reset_count", {"to": 7}) == {"count": 7}
    assert toy.get("/count").json() == {"count": 7}


def test_an_impossible_action_is_a_conflict(toy: ServedToy) -> None:
    toy.act("unplug")
    refused = toy.sim("POST", "/toy/hardware/front/ring", status=409)
    assert refused["error"] == "the bell is unplugged; plug_in first"


@pytest.mark.parametrize(("path", "known"), [
    ("/toy/hardware/back/ring", "front"), ("/toy/hardware/front/open", "unplug"), ("/toy/support/fire", "reset_count"),
    ("/boat/hardware/front/ring", "toy"), ("/boat/support/x", "toy"),
])  # fmt: skip
def test_an_unknown_name_is_refused_with_those_there_are(toy: ServedToy, path: str, known: str) -> None:
    for body in ({}, {"times": "many"}, {"after": 1}):
        assert known in toy.sim("POST", path, body, status=404)["error"]


@pytest.mark.parametrize("body", [{"times": "many"}, {"loud": True}, {"times": 2**70}, {"after": -1}, {"after": "5"},
                                  {"after": True}, {"after": 1e300}, []])  # fmt: skip
def test_invalid_arguments_are_refused(toy: ServedToy, body: Any) -> None:
    assert toy.sim("POST", "/toy/hardware/front/ring", body, status=400)["error"]
    assert toy.sim("GET", "/toy/hardware") == {"devices": [BELL]}


def test_a_scheduled_action_happens_at_its_time(toy: ServedToy) -> None:
    planned = toy.act("ring", after=29.9, times=2)
    assert planned == {"planned": 1, "at": "2026-01-05T08:00:29.900000Z"}
    (plan,) = toy.sim("GET", "/plans")["plans"]
    assert plan == {
        "id": 1,
        "at": planned["at"],
        "kind": "act",
        "what": {"vendor": "toy", "device": "front", "action": "ring", "args": {"times": 2}},
    }
    toy.sim("POST", "/clock/advance", {"until": planned["at"]})
    assert toy.sim("GET", "/toy/hardware")["devices"][0]["state"]["rings"] == 2
    assert toy.sim("GET", "/plans") == {"plans": []}


def test_scheduled_commands_can_be_cancelled(toy: ServedToy) -> None:
    for after in (1, 2, 3):
        toy.sim("POST", "/toy/support/reset_count", {"to": after, "after": after})
    assert toy.sim("DELETE", "/plans/2") == {"forgotten": 1}
    assert toy.sim("DELETE", "/plans/2", status=404)["error"]
    assert toy.sim("DELETE", "/plans") == {"forgotten": 2}


def test_a_state_that_was_dumped_can_be_loaded_again(toy: ServedToy) -> None:
    toy.post("/count")
    state = toy.sim("GET", "/toy/state")
    toy.sim("POST", "/reset")
    assert toy.sim("PUT", "/toy/state", state) == {"vendor": "toy"}
    assert toy.get("/count").json() == {"count": 1}
    assert toy.sim("GET", "/toy/state") == state


@pytest.mark.parametrize("state", [{"count": -1}, {"count": "1"}, {"waiting": [1, 1]}, {"count": 2**80}, [], 1])
def test_a_state_that_contradicts_itself_changes_nothing(toy: ServedToy, state: Any) -> None:
    before = toy.sim("GET", "/toy/state")
    assert toy.sim("PUT", "/toy/state", state, status=400)["error"]
    assert toy.sim("GET", "/toy/state") == before


def test_in_real_time_devices_are_listed_as_they_are_now(toy: ServedToy) -> None:
    toy.sim("PUT", "/clock", {"mode": "x60"})
    toy.act("ring", after=0.5)
    until(lambda: bool(toy.sim("GET", "/toy/hardware")["devices"][0]["state"]["rings"]))


def test_a_fault_is_injected_listed_and_removed(toy: ServedToy) -> None:
    effect = {"kind": "refuse", "name": "unavailable"}
    planted = toy.sim("POST", "/faults", {"vendor": "toy", "path": "/c*", "nth": 2, "effect": effect}, status=201)
    assert [toy.get("/count").status_code for _ in range(3)] == [200, 503, 503]
    (fault,) = toy.sim("GET", "/faults")["faults"]
    assert fault == {
        "id": planted["id"],
        "vendor": "toy",
        "method": None,
        "path": "/c*",
        "nth": 2,
        "times": None,
        "probability": 1.0,
        "matched": 3,
        "struck": 2,
        "effect": effect,
    }
    assert toy.sim("DELETE", f"/faults/{planted['id']}") == {"lifted": 1}
    assert toy.sim("DELETE", f"/faults/{planted['id']}", status=404)["error"]
    assert toy.get("/count").status_code == 200
    assert toy.sim("DELETE", "/faults") == {"lifted": 0}


@pytest.mark.parametrize(("fault", "status"), [
    ({}, 400), ({"effect": {"kind": "melt"}}, 400), ({"effect": {"kind": "delay", "seconds": -1}}, 400),
    ({"effect": {"kind": "reset"}, "nth": 0}, 400), ({"effect": {"kind": "reset"}, "probability": 1.5}, 400),
    ({"effect": {"kind": "reset"}, "colour": "red"}, 400), ({"effect": {"kind": "refuse", "name": "x"}}, 404),
    ({"effect": {"kind": "reset"}, "vendor": "boat"}, 404), ({"effect": {"kind": "act", "device": "a", "action": "b"}}, 400),
    ({"effect": {"kind": "act", "device": "a", "action": "b"}, "vendor": "toy"}, 404),
])  # fmt: skip
def test_an_invalid_fault_is_refused(toy: ServedToy, fault: dict[str, Any], status: int) -> None:
    assert toy.sim("POST", "/faults", fault, status=status)["error"]
    assert toy.sim("GET", "/faults") == {"faults": []}


def test_a_missing_state_is_not_an_empty_state(toy: ServedToy) -> None:
    toy.post("/count")
    assert toy.sim("PUT", "/toy/state", status=400)["error"]
    assert toy.get("/count").json() == {"count": 1}
