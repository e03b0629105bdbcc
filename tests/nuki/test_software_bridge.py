"""Which operations a software bridge has."""

from __future__ import annotations

import pytest

from locksim.nuki.seed import FRONT_DOOR
from tests.nuki.caller import Caller

ABSENT = ["/unpair", "/log", "/clearlog", "/fwupdate", "/reboot", "/factoryReset"]


@pytest.fixture
def software(bridge: Caller) -> Caller:
    bridge.site.support("bridge_type")
    return bridge


@pytest.mark.rule("NK-R93")
@pytest.mark.rule("NK-R190")
@pytest.mark.rule("NK-R191")
@pytest.mark.parametrize("path", ABSENT)
def test_unpair_and_maintenance_are_404(software: Caller, path: str) -> None:
    assert software.get(path, nukiId=FRONT_DOOR, count="x").status == 404
    assert software.get(path, token="wrong").status == 401
    assert software.get("/list").json[0]["nukiId"] == FRONT_DOOR
    software.site.support("bridge_type", kind="hardware")
    assert software.get(path, nukiId=FRONT_DOOR).status == 200


@pytest.mark.rule("NK-R192")
def test_everything_else_is_as_on_the_hardware_bridge(software: Caller) -> None:
    software.bridge.press_button(after=1)
    assert software.get("/auth").json["success"] is True
    assert software.act(FRONT_DOOR, 1)["success"] is True
    for path in ("/list", "/info", "/callback/list"):
        assert software.get(path).status == 200
