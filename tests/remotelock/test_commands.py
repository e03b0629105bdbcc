"""Lock, unlock, power on, power off: answered at once with the expected state."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R142")
@pytest.mark.parametrize("lock", [seed.FRONT_DOOR, seed.GARAGE, seed.BARE_LOCK])
def test_the_answer_shows_the_expected_state_even_if_the_lock_has_never_connected(caller: Caller, lock: str) -> None:
    for action, state in (("lock", "locked"), ("unlock", "unlocked"), ("unlock", "unlocked"), ("lock", "locked")):
        reply = caller.put(f"/devices/{lock}/{action}")
        assert (reply.status, reply.attributes["state"]) == (200, state)


@pytest.mark.rule("RL-R143")
@pytest.mark.parametrize("door", [seed.LOBBY, seed.YARD])
def test_doors_too(caller: Caller, door: str) -> None:
    for action, state in (
        ("lock", "locked"),
        ("unlock", "unlocked"),
        ("lock", "locked"),
        ("temporary_unlock", "unlocked"),
    ):
        reply = caller.put(f"/acs/doors/{door}/{action}")
        assert (reply.status, reply.attributes["state"]) == (200, state)


@pytest.mark.rule("RL-R144")
def test_a_plug_is_switched(caller: Caller) -> None:
    for action, on in (("power_off", False), ("power_on", True), ("power_on", True)):
        assert caller.put(f"/devices/{seed.PLUG}/{action}").attributes["on"] is on


@pytest.mark.rule("RL-R33", "RL-R531")
def test_a_command_needs_no_body_and_ignores_one(caller: Caller) -> None:
    path = f"/devices/{seed.FRONT_DOOR}/lock"
    assert caller.call("PUT", path, Content_Type="text/plain").status == 200
    sent = {"Authorization": f"Bearer {caller.token}", "Content-Type": "text/plain"}
    assert caller.ask("PUT", path, headers=sent, body=b"{nonsense").status == 200


@pytest.mark.rule("RL-R145")
@pytest.mark.parametrize(
    ("device", "action"),
    [
        (seed.PLUG, "lock"), (seed.THERMOSTAT, "unlock"), (seed.CABIN, "unlock"), (seed.LOBBY, "lock"),
        (seed.FRONT_DOOR, "power_on"), (seed.THERMOSTAT, "power_off"), ("nothing", "lock"), (seed.MILL_DOOR, "unlock"),
    ],
)  # fmt: skip
def test_a_device_without_a_bolt_or_switch_is_not_found(caller: Caller, device: str, action: str) -> None:
    assert caller.put(f"/devices/{device}/{action}").status == 404
