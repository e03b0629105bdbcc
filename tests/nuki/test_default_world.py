"""What the default world guarantees for every seed."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from locksim.inprocess.world import World
from locksim.nuki import VENDOR
from locksim.nuki.seed import CELLAR_DOOR, FRONT_DOOR, GARDEN_DOOR, WORKSHOP
from locksim.nuki.state import State
from tests.nuki.caller import Caller


@given(seed=st.integers(0, 2**63))
def test_there_is_a_token_a_free_slot_and_a_lock_to_work_with(seed: int) -> None:
    bridge = Caller(seed=seed)
    assert isinstance(bridge.token, str)
    assert bridge.get("/callback/add", url="http://receiver.test/").json == {"success": True}
    assert not bridge.begin("/auth").answered()
    states = {item["nukiId"]: item["lastKnownState"]["state"] for item in bridge.get("/list").json}
    usable = [number for number, state in states.items() if state in (1, 3)]
    assert all(bridge.get("/lockState", nukiId=number).status == 200 for number in usable)
    assert usable


def test_its_locks_have_the_states_that_the_seed_module_describes(bridge: Caller) -> None:
    shown = {number: bridge.lock(number).state for number in (FRONT_DOOR, GARDEN_DOOR, WORKSHOP, CELLAR_DOOR)}
    assert [state["stateName"] for state in shown.values()] == ["locked", "unlocked", "uncalibrated", "locked"]
    assert [state["paired"] for state in shown.values()] == [True, True, True, False]
    assert all(state["inRange"] for state in shown.values())


def test_the_same_seed_gives_the_same_token_and_another_seed_another() -> None:
    assert Caller(seed=3).token == Caller(seed=3).token
    assert len({Caller(seed=seed).token for seed in range(20)}) == 20


def test_a_state_can_be_dumped_changed_and_loaded(bridge: Caller) -> None:
    state = msgspec.to_builtins(bridge.state)
    state["bridges"][0]["locks"][0]["name"] = "Haustür"
    state["bridges"][0]["locks"][1].update(state=255, known=state["bridges"][0]["locks"][1]["known"] | {"state": 255})
    loaded = World([VENDOR], seed=7, state={"nuki": state}).site("nuki").state
    assert isinstance(loaded, State)
    assert [(lock.name, lock.state) for lock in loaded.bridges[0].locks[:2]] == [("Haustür", 1), ("Garden door", 255)]
