"""Lock, unlock, power on, power off: answered at once with what was asked for."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R142")
@pytest.mark.parametrize("lock", [seed.FRONT_DOOR, seed.GARAGE, seed.BARE_LOCK])
def test_the_answer_shows_what_is_wanted_even_of_a_lock_that_never_connected(desk: Caller, lock: str) -> None:
    for action, state in (("lock", "locked"), ("unlock", "unlocked"), ("unlock", "unlocked"), ("lock", "locked")):
        reply = desk.put(f"/devices/{lock}/{action}")
        assert (reply.status, reply.attributes["state"]) == (200, state)


@pytest.mark.rule("RL-R143")
@pytest.mark.parametrize("door", [seed.LOBBY, seed.YARD])
def test_doors_too(desk: Caller, door: str) -> None:
    for action, state in (
        ("lock", "locked"),
        ("unlock", "unlocked"),
        ("lock", "locked"),
        ("temporary_unlock", "unlocked"),
    ):
        reply = desk.put(f"/acs/doors/{door}/{action}")
        assert (reply.status, reply.attributes["state"]) == (200, state)


@pytest.mark.rule("RL-R144")
def test_a_plug_is_switched(desk: Caller) -> None:
    for action, on in (("power_off", False), ("power_on", True), ("power_on", True)):
        assert desk.put(f"/devices/{seed.PLUG}/{action}").attributes["on"] is on


@pytest.mark.rule("RL-R33", "RL-R531")
def test_a_command_needs_no_body_and_ignores_one(desk: Caller) -> None:
    path = f"/devices/{seed.FRONT_DOOR}/lock"
    assert desk.call("PUT", path, Content_Type="text/plain").status == 200
    sent = {"Authorization": f"Bearer {desk.token}", "Content-Type": "text/plain"}
    assert desk.ask("PUT", path, headers=sent, body=b"{nonsense").status == 200


@pytest.mark.rule("RL-R145")
@pytest.mark.parametrize(
    ("device", "action"),
    [
        (seed.PLUG, "lock"), (seed.THERMOSTAT, "unlock"), (seed.CABIN, "unlock"), (seed.LOBBY, "lock"),
        (seed.FRONT_DOOR, "power_on"), (seed.THERMOSTAT, "power_off"), ("nothing", "lock"), (seed.MILL_DOOR, "unlock"),
    ],
)  # fmt: skip
def test_what_has_no_bolt_or_no_switch_is_not_found(desk: Caller, device: str, action: str) -> None:
    assert desk.put(f"/devices/{device}/{action}").status == 404
