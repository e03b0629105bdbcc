"""Handles are typed: mypy strict checks device actions and kinds, and what it objects to is refused at run time too.

`make check` runs mypy, which reports a `type: ignore` here that is not needed.
"""

from __future__ import annotations

import pytest

import locksim
from locksim import registry
from locksim.engine.errors import Refused, Unknown
from locksim.inprocess.vendors import HANDLES, NukiBridge, NukiLock
from locksim.nuki.seed import BRIDGE, FRONT_DOOR
from tests.authoring import make_handles


@pytest.fixture
def nuki() -> locksim.Nuki:
    return locksim.World(["nuki"]).site("nuki")


def test_the_generated_module_is_up_to_date() -> None:
    """`make generate` writes it."""
    assert make_handles.FILE.read_text("utf-8") == make_handles.source()


@pytest.mark.parametrize("vendor", registry.NAMES)
def test_each_vendor_has_a_handle_with_a_class_for_each_kind_of_device(vendor: str) -> None:
    site = locksim.World([vendor]).site(vendor)
    assert type(site) is HANDLES[vendor] is getattr(locksim, type(site).__name__)
    kinds = registry.load(vendor).actions
    assert site.hardware.kinds.keys() == kinds.keys()
    for device in site.hardware.devices():
        assert type(site.hardware[device.id]) is site.hardware.kinds[device.kind]
        assert set(device.actions) <= set(dir(site.hardware[device.id]))


def test_actions_complete_and_are_checked(nuki: locksim.Nuki) -> None:
    lock: NukiLock = nuki.hardware.kind("lock")[0]
    bridge: NukiBridge = nuki.hardware.kind("bridge")[0]
    assert bridge.press_button(after=2.5)
    assert lock.turn(to="unlocked")
    with pytest.raises(Refused):
        lock.turn(to="sideways")  # type: ignore[arg-type]
    with pytest.raises(Refused):
        lock.press_button()  # type: ignore[attr-defined]
    with pytest.raises(Refused):
        nuki.hardware[FRONT_DOOR].turm()  # type: ignore[attr-defined]
    with pytest.raises(Refused):
        bridge.press_button(hard=True)  # type: ignore[call-arg]
    with pytest.raises(Refused):
        nuki.support("set_tokn")  # type: ignore[call-overload]


def test_a_device_is_named_by_a_number_or_a_text(nuki: locksim.Nuki) -> None:
    assert nuki.hardware[FRONT_DOOR].id == nuki.hardware[str(FRONT_DOOR)].id == str(FRONT_DOOR)
    assert nuki.hardware.act(int(BRIDGE), "press_button")


def test_a_kind_that_there_is_not_is_an_error(nuki: locksim.Nuki) -> None:
    with pytest.raises(Unknown, match=r"no devices of the kind 'locc'; it has bridge, lock"):
        nuki.hardware.kind("locc")  # type: ignore[call-overload]
