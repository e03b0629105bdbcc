"""`add_lock` and the like: a test begins with its own devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import locksim
from locksim import registry
from locksim.engine import replay
from locksim.engine.errors import Refused
from locksim.engine.vendor import MAX_NAME

ADD: dict[str, Callable[[Any], Any]] = {
    "noke": lambda site: site.add_lock,
    "remotelock": lambda site: site.add_lock,
    "lockt": lambda site: site.add_door,
    "codelocks": lambda site: site.add_kitlock,
    "nuki": lambda site: site.add_lock,
}


def test_every_vendor_has_a_builder() -> None:
    assert ADD.keys() == set(registry.NAMES)


@pytest.mark.parametrize("vendor", ADD)
def test_a_device_is_added_and_the_world_stays_consistent(vendor: str) -> None:
    world = locksim.World([vendor], seed=7)
    site = world.site(vendor)
    before = {device.id for device in site.hardware.devices()}
    added = [ADD[vendor](site)(name="M" * 1000), ADD[vendor](site)()]
    after = [device.id for device in site.hardware.devices()]
    assert len(set(after)) == len(after) == len(before) + 2
    assert {one.id for one in added} == set(after) - before
    assert "M" * (MAX_NAME + 1) not in str(site.hardware.devices())
    registry.load(vendor).invariants(site.state)
    world.clock.advance(3 * 86_400)
    registry.load(vendor).invariants(site.state)


@pytest.mark.parametrize("vendor", ADD)
def test_a_world_with_added_devices_replays(vendor: str) -> None:
    world = locksim.World([vendor], seed=7)
    ADD[vendor](world.site(vendor))(name="Mine")
    world.clock.advance(3600)
    recorded = replay.read(world.journal.jsonl().encode())
    again = replay.begin(recorded, {vendor: registry.load(vendor)})
    assert replay.run(recorded, again) is None


@pytest.mark.parametrize(("vendor", "arguments"), [
    ("codelocks", {"model": "KL9"}), ("codelocks", {"master": "1"}), ("remotelock", {"model": "LS-0"}),
    ("remotelock", {"account": "nobody"}), ("nuki", {"bridge": 1}), ("noke", {"server": "moon"}), ("lockt", {"nme": "x"}),
])  # fmt: skip
def test_what_cannot_be_added_is_refused_and_changes_nothing(vendor: str, arguments: dict[str, Any]) -> None:
    site = locksim.World([vendor]).site(vendor)
    before = site.hardware.devices()
    with pytest.raises(Refused):
        ADD[vendor](site)(**arguments)
    assert site.hardware.devices() == before


def test_other_attributes_are_not_there() -> None:
    nuki = locksim.World(["nuki"]).site("nuki")
    with pytest.raises(AttributeError, match="Nuki has no attribute 'add_door'"):
        nuki.add_door()  # type: ignore[attr-defined]
