"""Device actions: what each does without arguments, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.engine.errors import Impossible, Refused
from locksim.nuki import VENDOR
from locksim.nuki.seed import BRIDGE, CELLAR_DOOR, FRONT_DOOR, GARDEN_DOOR, WORKSHOP
from tests.nuki.caller import Caller

DEFAULTS: list[tuple[str, int, dict[str, Any]]] = [
    ("turn", FRONT_DOOR, {"state": 3, "stateName": "unlocked"}),
    ("turn", GARDEN_DOOR, {"state": 1, "stateName": "locked"}),
    ("jam", FRONT_DOOR, {"jammed": True}),
    ("battery", FRONT_DOOR, {"battery": "critical", "batteryCritical": True}),
    ("range", FRONT_DOOR, {"inRange": False, "reachable": False, "rssi": -61}),
    ("calibrate", WORKSHOP, {"state": 3, "stateName": "unlocked"}),
    ("calibrate", FRONT_DOOR, {"state": 1, "stateName": "locked"}),
]


def test_the_devices_are_the_bridge_and_every_lock(bridge: Caller) -> None:
    devices = {device.id: (device.kind, device.actions) for device in bridge.site.hardware.devices()}
    actions = ("turn", "jam", "battery", "range", "calibrate")
    locks = {str(number): ("lock", actions) for number in (FRONT_DOOR, GARDEN_DOOR, WORKSHOP, CELLAR_DOOR)}
    assert devices == {BRIDGE: ("bridge", ("press_button", "power", "network", "clock"))} | locks


@pytest.mark.parametrize(("action", "lock", "result"), DEFAULTS)
def test_without_arguments_an_action_does_the_obvious(
    bridge: Caller, action: str, lock: int, result: dict[str, Any]
) -> None:
    assert bridge.site.hardware.act(str(lock), action) == result
    assert result.items() <= bridge.lock(lock).state.items()


@pytest.mark.parametrize("action", ["power", "network"])
def test_without_arguments_a_switch_of_the_bridge_is_switched_over(bridge: Caller, action: str) -> None:
    before = bridge.bridge.state["serverConnected"]
    bridge.site.hardware.act(BRIDGE, action)
    assert bridge.bridge.state["serverConnected"] is not before
    bridge.site.hardware.act(BRIDGE, action)
    bridge.pass_time(30)
    assert bridge.bridge.state["serverConnected"] is before


@pytest.mark.rule("NK-R53")
@pytest.mark.parametrize("action", ["turn", "calibrate"])
def test_the_knob_cannot_be_turned_while_the_motor_runs(bridge: Caller, action: str) -> None:
    bridge.act(FRONT_DOOR, 3, noWait=1)
    with pytest.raises(Impossible, match="motor"):
        bridge.site.hardware.act(str(FRONT_DOOR), action)
    bridge.pass_time(6)
    bridge.site.hardware.act(str(FRONT_DOOR), action)


@pytest.mark.rule("NK-R57")
def test_a_latch_that_is_turned_by_hand_springs_back(bridge: Caller) -> None:
    bridge.register("http://receiver.test/")
    bridge.lock(FRONT_DOOR).turn(to="unlatched")
    bridge.pass_time(2.9)
    assert bridge.truth(FRONT_DOOR) == 5
    bridge.pass_time(0.1)
    assert bridge.truth(FRONT_DOOR) == bridge.known(FRONT_DOOR) == 3
    assert bridge.reported_states(FRONT_DOOR) == [5, 3]


@pytest.mark.rule("NK-R57")
def test_a_latch_that_is_held_by_hand_can_be_turned_back_before(bridge: Caller) -> None:
    bridge.lock(FRONT_DOOR).turn(to="unlatched")
    bridge.lock(FRONT_DOOR).turn(to="locked")
    bridge.pass_time(60)
    assert bridge.truth(FRONT_DOOR) == 1


@pytest.mark.rule("NK-R58")
@pytest.mark.parametrize("to", [None, "unlocked", "unlatched", "undefined"])
def test_a_jammed_bolt_cannot_be_moved_by_hand(bridge: Caller, to: Any) -> None:
    lock = bridge.lock(FRONT_DOOR)
    lock.jam()
    with pytest.raises(Impossible, match="blocks the bolt"):
        lock.turn(to=to)
    assert bridge.truth(FRONT_DOOR) == 1
    lock.jam(on=False)
    lock.turn(to=to)
    assert bridge.truth(FRONT_DOOR) != 1


@pytest.mark.parametrize("rssi", [-128, 21, 10**9])
def test_an_invalid_signal_strength_is_refused(bridge: Caller, rssi: int) -> None:
    with pytest.raises(Refused, match="dBm"):
        bridge.lock(FRONT_DOOR).range(rssi=rssi)
    assert bridge.lock(FRONT_DOOR).state["inRange"]


@pytest.mark.parametrize(
    ("action", "args"),
    [
        ("turn", {"to": "ajar"}),
        ("battery", {"level": 50}),
        ("battery", {"percent": 101}),
        ("battery", {"percent": -1}),
        ("jam", {"on": "yes"}),
        ("range", {"near": True}),
    ],
)
def test_invalid_arguments_are_refused(bridge: Caller, action: str, args: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=action):
        bridge.site.hardware.act(str(FRONT_DOOR), action, **args)


def test_a_critical_battery_is_known_at_once(bridge: Caller) -> None:
    bridge.lock(FRONT_DOOR).battery()
    assert bridge.listed(FRONT_DOOR)["lastKnownState"]["batteryCritical"] is True
    assert bridge.act(FRONT_DOOR, 1) == {"success": True, "batteryCritical": True}


@pytest.mark.parametrize("actions", [VENDOR.support, *VENDOR.actions.values()])
def test_every_action_says_what_it_does(actions: dict[str, Any]) -> None:
    assert all(act.__doc__ for act in actions.values())
