"""/unpair, and pairing by the app."""

from __future__ import annotations

import pytest

from locksim.engine.errors import Impossible, Unknown
from locksim.nuki.seed import CELLAR_DOOR, FRONT_DOOR
from tests.nuki.caller import Caller


@pytest.mark.rule("NK-R90")
def test_an_unpaired_lock_is_unknown_and_only_scanned(bridge: Caller) -> None:
    assert bridge.get("/unpair", nukiId=FRONT_DOOR).body == b'{"success":true}'
    assert FRONT_DOOR not in [item["nukiId"] for item in bridge.get("/list").json]
    for path in ("/lockState", "/lockAction", "/unpair"):
        assert bridge.get(path, nukiId=FRONT_DOOR, action=1).status == 404
    heard = {item["nukiId"]: item["paired"] for item in bridge.get("/info").json["scanResults"]}
    assert heard[FRONT_DOOR] is False


@pytest.mark.rule("NK-R91")
def test_a_lock_that_is_offline_can_be_unpaired(bridge: Caller) -> None:
    bridge.lock(FRONT_DOOR).range()
    assert bridge.get("/unpair", nukiId=FRONT_DOOR).json == {"success": True}


@pytest.mark.rule("NK-R92")
def test_a_caller_who_waits_for_an_unpaired_lock_gets_success_false(bridge: Caller) -> None:
    waiting = bridge.begin("/lockAction", nukiId=FRONT_DOOR, action=1)
    bridge.get("/unpair", nukiId=FRONT_DOOR)
    assert waiting.reply.json == {"success": False, "batteryCritical": False}
    bridge.pass_time(2)
    assert bridge.truth(FRONT_DOOR) == 3, "its motor runs on"


@pytest.mark.rule("NK-R90")
def test_changes_of_an_unpaired_lock_are_not_reported(bridge: Caller) -> None:
    bridge.register("http://receiver.test/")
    bridge.lock(CELLAR_DOOR).turn()
    bridge.get("/unpair", nukiId=FRONT_DOOR)
    bridge.lock(FRONT_DOOR).turn()
    assert bridge.received == []


def test_the_app_pairs_the_first_lock_in_range_or_the_named_one(bridge: Caller) -> None:
    assert bridge.site.support("pair") == {"nukiId": CELLAR_DOOR, "name": f"Nuki_{CELLAR_DOOR:08X}"}
    bridge.get("/unpair", nukiId=FRONT_DOOR)
    bridge.get("/unpair", nukiId=CELLAR_DOOR)
    assert bridge.site.support("pair", lock=CELLAR_DOOR, name="Cellar") == {"nukiId": CELLAR_DOOR, "name": "Cellar"}
    assert bridge.site.support("pair", lock=str(FRONT_DOOR)) == {"nukiId": FRONT_DOOR, "name": "Front door"}


def test_the_app_says_why_it_cannot_pair(bridge: Caller) -> None:
    with pytest.raises(Impossible, match="paired already"):
        bridge.site.support("pair", lock=FRONT_DOOR)
    with pytest.raises(Unknown, match="no lock 5"):
        bridge.site.support("pair", lock=5)
    bridge.lock(CELLAR_DOOR).range()
    with pytest.raises(Impossible, match="out of reach"):
        bridge.site.support("pair", lock=CELLAR_DOOR)
    with pytest.raises(Impossible, match="no unpaired lock"):
        bridge.site.support("pair")
