"""A state that a tester loads passes the validation of made ones. Each value here once got in, and could fail a turn."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from locksim.engine.errors import Refused
from locksim.engine.inputs import DeviceAction
from locksim.engine.timestamps import parse_iso
from locksim.engine.world import WorldCore
from locksim.registry import load
from locksim.remotelock import seed

START = parse_iso("2026-01-05T08:00:00Z")
FAR_OFF = 10**18
"""Microseconds beyond the year 9999."""
_ACCOUNT = ("accounts", seed.HARBOUR_STAYS)
_FRONT = (*_ACCOUNT, "devices", seed.FRONT_DOOR)

INVALID: list[tuple[str, tuple[str | int, ...], Any]] = [
    ("remotelock", (*_ACCOUNT, "schedules", seed.OPENING_HOURS, "mon"), [{"time": "25:99x", "action": "lock"}]),
    ("remotelock", (*_ACCOUNT, "schedules", seed.OPENING_HOURS, "mon"), [{"time": "09:00", "action": "open"}]),
    ("remotelock", (*_ACCOUNT, "schedules", seed.OPENING_HOURS, "mon"), [{}]),
    ("remotelock", (*_ACCOUNT, "schedules", seed.OFFICE_HOURS, "mon"), [{"start_time": "09:00", "end_time": "08:00"}]),
    ("remotelock", (*_ACCOUNT, "devices", seed.STORE_ROOM, "physical", "lock_action_week", "tue"), [{"time": "24:00"}]),
    ("remotelock", (*_ACCOUNT, "devices", seed.STORE_ROOM, "physical", "lock_action_week"), {"mon": []}),
    ("remotelock", (*_ACCOUNT, "locations", seed.QUAY, "time_zone"), "Nowhere/Else"),
    ("remotelock", (*_FRONT, "physical", "link", "zone"), "Nowhere/Else"),
    ("remotelock", (*_FRONT, "physical", "link", "anchor"), FAR_OFF),
    ("remotelock", (*_FRONT, "model_id"), "no such model"),
    ("remotelock", (*_FRONT, "location_id"), "no such location"),
    ("remotelock", (*_FRONT, "physical", "battery_type"), "steam"),
    ("remotelock", (*_FRONT, "settings", "power_source"), "steam"),
    ("remotelock", (*_FRONT, "default_guest_start_time"), "26:00:00"),
    ("remotelock", (*_ACCOUNT, "default_guest_end_time"), "late"),
    ("remotelock", (*_ACCOUNT, "exceptions", seed.HOLIDAYS, "dates", 0, "end_date"), "2026-02-30"),
    ("remotelock", (*_ACCOUNT, "persons", seed.VISITOR, "starts_at"), "2026-13-01T00:00:00"),
    ("remotelock", (*_ACCOUNT, "persons", seed.VISITOR, "ends_at"), "2026-01-01"),
    ("remotelock", (*_ACCOUNT, "persons", seed.CARETAKER, "pin"), "12a"),
    ("remotelock", (*_ACCOUNT, "accesses", seed.VISITOR_FRONT, "guest_start_time"), "x"),
    ("remotelock", (*_ACCOUNT, "resort_guests", seed.CABIN_GUEST, "starts_at"), "x"),
    ("codelocks", ("kitlocks", 0, "timecode"), "202602310900"),
    ("codelocks", ("k3locks", 0, "paired_at"), FAR_OFF),
    ("codelocks", ("kitlocks", 0, "clock", "error"), FAR_OFF),
    ("codelocks", ("k3locks", 0, "clock", "drift"), 10**11),
    ("codelocks", ("k3locks", 0, "charge", "millionths"), 1_000_001),
    ("codelocks", ("k3locks", 0, "synced_charge"), -1),
    ("lockt", ("time_zone",), "Nowhere/Else"),
    ("lockt", ("bridges", 0, "offline_since"), FAR_OFF),
    ("lockt", ("bridges", 0, "clock", "error"), 10**17),
    ("lockt", ("doors", "402", "clock", "drift"), 10**17),
    ("lockt", ("doors", "402", "battery", "charge", "millionths"), 1_000_001),
    ("lockt", ("doors", "402", "battery", "charge", "per_day"), -1),
    ("noke", ("secret",), "not hex"),
    ("noke", ("databases", 0, "locks", 0, "fw_version"), "four"),
    ("noke", ("databases", 0, "locks", 0, "created_at"), FAR_OFF),
    ("nuki", ("bridges", 0, "firmware"), "new"),
    ("nuki", ("bridges", 0, "up_at"), FAR_OFF),
    ("nuki", ("bridges", 0, "clock", "drift"), 10**17),
    ("nuki", ("bridges", 0, "locks", 0, "charge", "millionths"), 1_000_001),
    ("nuki", ("bridges", 0, "locks", 0, "charge", "per_day"), -1),
]


def plain_state(vendor: str) -> Any:
    world = WorldCore.begin({vendor: load(vendor)}, seed=7, start=START)
    return msgspec.to_builtins(world.state(vendor), str_keys=True)


@pytest.mark.parametrize(
    ("vendor", "path", "value"), INVALID, ids=lambda part: str(part[-1] if isinstance(part, tuple) else part)[:40]
)
def test_an_invalid_value_is_refused(vendor: str, path: tuple[Any, ...], value: Any) -> None:
    state = plain_state(vendor)
    *outer, last = path
    inner: Any = state
    for key in outer:
        inner = inner[key]
    assert isinstance(inner, list) or last in inner, "the path is wrong"
    inner[last] = value
    with pytest.raises(Refused, match=f"invalid state of {vendor}"):
        WorldCore.begin({vendor: load(vendor)}, seed=7, start=START, state={vendor: state})


@pytest.mark.parametrize("vendor", ["noke", "remotelock", "lockt", "codelocks", "nuki"])
def test_a_state_that_was_made_is_accepted(vendor: str) -> None:
    WorldCore.begin({vendor: load(vendor)}, seed=7, start=START, state={vendor: plain_state(vendor)})


def test_a_clock_that_is_thousands_of_years_off_shows_a_time_and_fails_no_turn() -> None:
    state = plain_state("codelocks")
    kitlock, *_ = state["kitlocks"]
    kitlock["clock"]["error"] = 25 * 10**16
    world = WorldCore.begin({"codelocks": load("codelocks")}, seed=7, start=START, state={"codelocks": state})
    for action, args in (
        ("enter_netcode", {"code": "1234567"}),
        ("drift", {"seconds": 86_400}),
        ("drift", {"seconds": 60}),
    ):
        entry = world.apply(DeviceAction(world.now, "codelocks", kitlock["id"], action, args))
        assert entry.failed is None
    assert all(device.state for device in world.devices("codelocks"))


@pytest.mark.parametrize("seconds", [1e12, -1e12, float("inf")])
def test_a_clock_is_not_set_by_more_seconds_than_the_calendar_has(seconds: float) -> None:
    world = WorldCore.begin({"codelocks": load("codelocks")}, seed=7, start=START)
    kitlock = world.state("codelocks").kitlocks[0].id
    for action, name in (("set_clock", "late"), ("drift", "seconds")):
        entry = world.apply(DeviceAction(START, "codelocks", kitlock, action, {name: seconds}))
        assert entry.failed is None
        assert entry.refused is not None
