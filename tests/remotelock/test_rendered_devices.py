"""A page of devices shows what it would show if no device had been rendered before."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from locksim.engine.journal import render
from locksim.engine.physics import Charge
from locksim.engine.timestamps import SECOND
from locksim.remotelock import hardware, seed
from locksim.remotelock.account import Account
from locksim.remotelock.catalog import model_of
from locksim.remotelock.entities import Lock
from locksim.remotelock.operations import rendered_devices
from tests.engine import wander
from tests.remotelock.hints import HINTS, WALKED
from tests.remotelock.keeper import Keeper

PAGE = "/devices?per_page=50"
NOW = 1_767_605_000_000_000


def rendered_anew(keeper: Keeper) -> bytes:
    keeper.account.rendered_devices.clear()
    return keeper.call("GET", PAGE).body


class Context:
    """As much of a request as rendering needs."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self.address = "https://api.example"
        self.turn = SimpleNamespace(now=NOW, url=lambda site: self.address)
        self.state = None
        self.account = SimpleNamespace(rendered_devices=kept)

    def render(self, device: Any) -> bytes:
        return bytes(rendered_devices.render(self, device))  # type: ignore[arg-type]


def leaves(thing: Any) -> Iterator[tuple[Any, str]]:
    """Yield the structs in a struct, with the names of their fields that hold no struct."""
    for name in thing.__struct_fields__:
        value = getattr(thing, name)
        if isinstance(value, msgspec.Struct):
            yield from leaves(value)
        else:
            yield thing, name


def others(value: Any) -> list[Any]:
    """Return other values of the same kind, and one that is equal and looks different in JSON."""
    match value:
        case bool():
            return [not value, int(value)]
        case str():
            return [value + "x"]
        case int() | float():
            return [value + 1, value + 20_000_000, max(0, value - 4_000_000_000), value // 3]
        case None:
            return [NOW, NOW - 20_000_000, NOW - 4_000_000_000]
        case list():
            return [[*value, "1234"]]
    return []


NOT_TRIED = {"id", "model_id", "power_source", "battery_type", "command", "on"}
"""Fields of which only some values are possible."""


@pytest.mark.parametrize("key", [seed.FRONT_DOOR, seed.GARAGE, seed.CABIN, seed.LOBBY, seed.PLUG, seed.THERMOSTAT])
def test_each_change_of_a_device_shows(key: str) -> None:
    device, context = Keeper().account.devices[key], Context({})
    before, shown = context.render(device), 0
    for struct, name in leaves(device):
        old = getattr(struct, name)
        for other in [] if name in NOT_TRIED else others(old):
            setattr(struct, name, other)
            got = context.render(device)
            assert got == Context({}).render(device), f"{type(struct).__name__}.{name}: {other}"
            shown += got != before
            setattr(struct, name, old)
            assert context.render(device) == before
    assert shown > 2


def test_another_battery_shows() -> None:
    lock, context = Keeper().account.devices[seed.FRONT_DOOR], Context({})
    assert isinstance(lock, Lock)
    for struct, name in ((lock.physical, "battery_type"), (lock.settings, "power_source")):
        for battery in ("lithium_battery", "alkaline_battery", "hardwire"):
            setattr(struct, name, battery)
            assert context.render(lock) == Context({}).render(lock)


def test_a_list_that_was_changed_in_place_shows() -> None:
    lock, context = Keeper().account.devices[seed.FRONT_DOOR], Context({})
    assert isinstance(lock, Lock)
    assert lock.settings.local_pins is not None
    assert b'"8642"' not in context.render(lock)
    lock.settings.local_pins.append("8642")
    assert b'"8642"' in context.render(lock)


def test_another_address_shows() -> None:
    door, context = Keeper().account.devices[seed.LOBBY], Context({})
    assert b"https://api.example/acs" in context.render(door)
    context.address = "http://127.0.0.1:8702"
    assert b"http://127.0.0.1:8702/acs" in context.render(door)


def test_time_alone_shows(keeper: Keeper) -> None:
    for seconds in (10, 20, 30, 1100, 1200, 40_000):
        keeper.pass_time(seconds)
        assert keeper.call("GET", PAGE).body == rendered_anew(keeper)
    keeper.device(seed.FRONT_DOOR).network(on=False)
    for seconds in (29, 1, 1200, 1259, 1, 100_000):
        keeper.pass_time(seconds)
        assert keeper.call("GET", PAGE).body == rendered_anew(keeper)


def test_a_restored_world_and_a_fork_show_their_own_devices(keeper: Keeper) -> None:
    before = keeper.call("GET", PAGE).body
    keeper.world.snapshot("before")
    keeper.change(f"/devices/{seed.FRONT_DOOR}", name="Renamed")
    after = keeper.call("GET", PAGE).body
    assert after != before
    keeper.world.restore("before")
    assert keeper.call("GET", PAGE).body == before


def test_only_so_many_devices_are_kept(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendered_devices, "KEPT", 3)
    before = keeper.call("GET", PAGE).body
    assert len(keeper.account.rendered_devices) <= 3
    assert keeper.call("GET", PAGE).body == before


TIMES = st.sampled_from([-5000, -1201, -1200, -61, -60, -31, -30, -29, -10, -1, 0, 1, 10, 30]).map(
    lambda s: NOW + s * SECOND
)
LOCK = Keeper().account.devices[seed.FRONT_DOOR]
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "connected_at": st.none() | TIMES,
    "physical.link.anchor": st.none() | TIMES,
    "physical.link.offline_since": st.none() | TIMES,
    "physical.link.online": st.booleans(),
    "physical.settings.heartbeat_interval": st.sampled_from([0, 60, 1200]),
    "physical.charge": st.builds(
        Charge, st.sampled_from([0, 1, 850_000]), TIMES, st.sampled_from([0, 8_640, 90_000_000])
    ),
    "physical.reported_millivolts": st.sampled_from([4_500, 5_000]),
    "physical.battery_type": st.sampled_from(["alkaline_battery", "hardwire"]),
    "model_id": st.sampled_from([model_of("LS-6i").id, model_of("LS-60i").id]),
}
"""What a lock's JSON depends on together."""


def lock_with(values: dict[str, Any]) -> Any:
    lock = copy.deepcopy(LOCK)
    for path, value in values.items():
        *structs, name = path.split(".")
        setattr(attrgetter(".".join(structs))(lock) if structs else lock, name, value)
    return lock


@given(
    st.fixed_dictionaries(FIELDS),
    st.sampled_from([0, 1, 9, 10, 11, 29, 30, 31, 60, 1199, 1200, 2461, 9999]),
    st.booleans(),
)
@example({"physical.link.anchor": NOW, "physical.charge": Charge(1, NOW, 8_640)}, 10, False)
@settings(max_examples=400)
def test_a_locks_connection_stays_until_the_time_that_it_names(values: dict[str, Any], later: int, last: bool) -> None:
    lock = lock_with(values)

    def at(now: int) -> hardware.DeviceHardware[Any]:
        return hardware.LockHardware(SimpleNamespace(now=now), None, None, lock)  # type: ignore[arg-type]

    until = at(NOW).connection_changes_at()
    assert until > NOW
    then = until - 1 if last else min(NOW + later * SECOND, until - 1)
    assert at(then).connection() == at(NOW).connection()


@given(st.fixed_dictionaries(FIELDS), st.data())
@settings(max_examples=400)
def test_one_change_of_any_lock_shows(values: dict[str, Any], data: st.DataObject) -> None:
    context = Context({})
    context.render(lock_with(values))
    name = data.draw(st.sampled_from(sorted(FIELDS)))
    lock = lock_with(values | {name: data.draw(FIELDS[name])})
    assert context.render(lock) == Context({}).render(lock)


def test_a_lock_that_has_just_lost_its_network_shows() -> None:
    context, lock = Context({}), lock_with({"physical.link.anchor": NOW - SECOND})
    assert b'"connected":true' in context.render(lock)
    lock.physical.link.online = False
    assert b'"connected":false' in context.render(lock)


def test_a_walk_is_the_same_when_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    journals = []
    for kept in (True, False):
        if not kept:
            monkeypatch.setattr(Account, "rendered_devices", property(lambda _: {}))
        world = wander.begin(WALKED, 11)
        wander.walk(world, WALKED, HINTS, 11, 300)
        journals.append([render(entry) for entry in world.journal])
    assert journals[0] == journals[1]
