"""Locks go by clocks of their own, which drift where the world's physics says so."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from locksim.codelocks.seed import ANNEXE, BIKE_SHED, BOAT_HOUSE, FRONT_GATE, LINEN_ROOM, MAIN_DOOR, MARY
from locksim.engine.errors import Impossible, Refused
from tests.codelocks.caller import WHOLE_DAY, Caller

LOCKS = (FRONT_GATE, BIKE_SHED, LINEN_ROOM, MAIN_DOOR, ANNEXE)


def drifting(api: Caller, lock: str) -> float:
    """Return how many seconds ahead the lock's clock is."""
    return float(api.device(lock).state["drift"])


@pytest.mark.rule("CL-R147")
def test_without_drift_every_clock_is_exact_after_years(api: Caller) -> None:
    api.advance_to("2036-01-05 08:00:00")
    assert [drifting(api, lock) for lock in LOCKS] == [0] * len(LOCKS)


@pytest.mark.rule("CL-R147")
def test_each_clock_drifts_by_its_own_share_of_the_worlds_drift() -> None:
    api = Caller(clock_drift=5)
    api.advance_to("2026-02-04 08:00:00")
    off = [drifting(api, lock) for lock in LOCKS]
    assert len(set(off)) == len(LOCKS)
    assert all(0 < abs(seconds) <= 150 for seconds in off)
    assert off == [round(api.device(lock).state["drift_per_day"] * 30, 6) for lock in LOCKS]


@pytest.mark.rule("CL-R147")
def test_a_kitlock_drifts_until_a_person_sets_its_clock(api: Caller) -> None:
    gate = api.device(FRONT_GATE)
    gate.clock(offset=0, drift=-10)
    api.advance_to("2026-02-04 08:00:00")
    assert gate.state["drift"] == -300
    code = api.code(FRONT_GATE, "2026-02-04 08:00")
    assert not api.opens(FRONT_GATE, code)
    gate.set_clock()
    assert api.opens(FRONT_GATE, code)
    api.advance_to("2026-02-05 08:00:00")
    assert gate.state["drift"] == -10


@pytest.mark.rule("CL-R147")
def test_a_change_of_the_drift_counts_from_then_on(api: Caller) -> None:
    gate = api.device(FRONT_GATE)
    gate.clock(offset=60, drift=0)
    api.world.physics(clock_drift=5)
    rate = gate.state["drift_per_day"]
    api.advance_to("2026-01-06 08:00:00")
    assert gate.state["drift"] == round(60 + rate, 6)
    api.world.physics(clock_drift=0)
    api.advance_to("2026-02-05 08:00:00")
    assert (gate.state["drift"], gate.state["drift_per_day"]) == (round(60 + rate, 6), 0)


@pytest.mark.rule("CL-R148")
@pytest.mark.parametrize("contact", ["sync", "unlock_by_phone", "gateway"])
def test_a_contact_sets_the_clock_of_a_k3connect_lock(api: Caller, contact: str) -> None:
    door = api.device(MAIN_DOOR)
    door.clock(offset=-90, drift=3)
    assert drifting(api, MAIN_DOOR) == -90
    getattr(door, contact)()
    assert drifting(api, MAIN_DOOR) == 0
    api.advance_to("2026-01-15 08:00:00")
    assert drifting(api, MAIN_DOOR) == (0 if contact == "gateway" else 30)


@pytest.mark.rule("CL-R148")
def test_a_gateway_keeps_the_clock_right_until_it_is_gone(api: Caller) -> None:
    door = api.device(MAIN_DOOR)
    door.clock(offset=-90, drift=3)
    door.gateway(on=True)
    with pytest.raises(Impossible, match="a gateway keeps the clock"):
        door.clock()
    api.advance_to("2026-01-15 08:00:00")
    door.gateway(on=False)
    api.advance_to("2026-01-16 08:00:00")
    assert drifting(api, MAIN_DOOR) == 3


@pytest.mark.rule("CL-R148")
def test_a_refused_phone_sets_no_clock(api: Caller) -> None:
    door = api.device(MAIN_DOOR)
    door.clock(offset=-90)
    door.unlock_by_phone(phone="victoria37@example.com")
    assert drifting(api, MAIN_DOOR) == -90


@pytest.mark.rule("CL-R148")
def test_codes_of_a_k3connect_lock_go_by_its_clock(api: Caller) -> None:
    api.device(MAIN_DOOR).clock(offset=120)
    code = api.code(MAIN_DOOR, "2026-01-05 09:00")
    for when, opens in (("08:57:59", False), ("08:58:00", True), ("09:57:59", True), ("09:58:00", False)):
        api.advance_to(f"2026-01-05 {when}")
        assert api.opens(MAIN_DOOR, code) is opens


@pytest.mark.rule("CL-R148")
def test_active_periods_go_by_the_locks_clock(api: Caller) -> None:
    api.client("PUT", MAIN_DOOR, MARY, activeperiods=json.dumps({"0": WHOLE_DAY | {"starts": "09:00"}}))
    door = api.device(MAIN_DOOR)
    door.clock(offset=-60)
    api.advance_to("2026-01-05 09:00:59")
    assert door.unlock_by_phone(phone=MARY) == {"opened": False, "reason": "outside_active_periods"}
    api.advance_to("2026-01-05 09:01:00")
    assert door.unlock_by_phone(phone=MARY)["opened"]


@pytest.mark.rule("CL-R148")
def test_the_audit_has_the_times_of_the_locks_clock(api: Caller) -> None:
    door = api.device(MAIN_DOOR)
    door.clock(offset=3600)
    door.enter_netcode(code="000000")
    door.sync()
    door.enter_netcode(code="000000")
    door.sync()
    entered = [datetime.fromisoformat(entry["DateEntered"]) for entry in api.audit(MAIN_DOOR)[-2:]]
    assert entered[0] - entered[1] == timedelta(hours=1)


@pytest.mark.parametrize("lock", [FRONT_GATE, MAIN_DOOR])
@pytest.mark.parametrize("args", [{"offset": 4e8}, {"offset": -4e8}, {"drift": 3601}, {"drift": -1e9}])
def test_a_clock_is_set_by_no_more_than_it_can_be_off(api: Caller, lock: str, args: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"ten years|a day are too much"):
        api.device(lock).clock(**args)


def test_a_stopped_clock_cannot_be_put_forward(api: Caller) -> None:
    with pytest.raises(Impossible, match="has stopped"):
        api.device(BOAT_HOUSE).clock()
