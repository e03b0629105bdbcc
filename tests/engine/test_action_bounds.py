"""Numbers in a device action's arguments that no clock and no counter can hold are refused, in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from locksim import registry
from locksim.engine.commands import result_of
from locksim.engine.errors import Refused
from locksim.engine.inputs import DeviceAction
from locksim.engine.timestamps import parse_iso
from locksim.engine.world import WorldCore


def world(name: str) -> WorldCore:
    return WorldCore.begin({name: registry.load(name)}, seed=1, start=parse_iso("2026-01-05T08:00:00Z"))


@pytest.mark.parametrize(("action", "args"), [
    ("set_clock", {"late": 1e12}), ("set_clock", {"late": -1e300}), ("drift", {"seconds": 1e13}), ("drift", {"seconds": 10**15}),
    ("set_clock", {"late": float("nan")}), ("set_clock", {"late": float("inf")}),
])  # fmt: skip
def test_a_length_beyond_thirty_years_is_refused(action: str, args: dict[str, Any]) -> None:
    core = world("codelocks")
    lock = next(one.id for one in core.devices("codelocks") if action in one.actions)
    entry = core.apply(DeviceAction(core.now, "codelocks", lock, action, args))
    assert entry.failed is None
    with pytest.raises(Refused, match="1000000000") as refused:
        result_of(entry)
    assert refused.value.status == 400


def test_a_pin_of_twelve_digits_is_no_length() -> None:
    core = world("remotelock")
    lock = next(one.id for one in core.devices("remotelock") if "enter_pin" in one.actions)
    assert core.apply(DeviceAction(core.now, "remotelock", lock, "enter_pin", {"pin": 123456789012})).refused is None
