"""/configAuth."""

from __future__ import annotations

import pytest

from tests.nuki.caller import Caller


@pytest.mark.rule("NK-R55")
def test_it_disables_and_enables_auth(bridge: Caller) -> None:
    assert bridge.get("/configAuth", enable="0").body == b'{"success":true}'
    assert bridge.get("/auth").status == 403
    assert bridge.get("/configAuth", enable="1").body == b'{"success":true}'
    assert not bridge.begin("/auth").answered()


@pytest.mark.rule("NK-R56")
@pytest.mark.parametrize("enable", [None, "", "2", "-1", "01", "true", " 1", "1 ", "１", "1\0", "0.0", "null"])
def test_anything_but_0_and_1_is_400_and_changes_nothing(bridge: Caller, enable: str | None) -> None:
    assert bridge.get("/configAuth", enable=enable).status == 400
    assert bridge.bridge.state["authEnabled"]
