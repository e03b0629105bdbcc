"""A lock stores accesses at its contacts: pending, then synced, failed or late."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.keeper import Keeper

FRONT = seed.FRONT_DOOR
TO_THE_BEAT = 17 * 60
"""The default world begins three minutes after the locks' heartbeat, which comes every 20."""


@pytest.mark.rule("RL-R200")
def test_a_grant_is_pending_until_the_heartbeat(keeper: Keeper) -> None:
    access = keeper.admit(keeper.user("730915"), FRONT)
    keeper.pass_time(TO_THE_BEAT - 1)
    assert keeper.counts(access) == (1, 0, 1, 0)
    keeper.pass_time(1)
    assert keeper.counts(access) == (1, 1, 0, 0)
    (synced,) = keeper.events("access_person_synced")
    assert synced["attributes"]["publisher_id"] == FRONT
    assert synced["attributes"]["associated_resource_type"] == "access_user"


@pytest.mark.rule("RL-R201")
def test_using_the_lock_wakes_it(keeper: Keeper) -> None:
    access = keeper.admit(keeper.user("730915"), FRONT)
    keeper.device(FRONT).enter_pin(pin="00000")
    assert keeper.counts(access) == (1, 1, 0, 0)


@pytest.mark.rule("RL-R202")
@pytest.mark.parametrize(
    ("wake", "knob", "keypad"),
    [
        ("user_action", True, True),
        ("user_action_except_manual", False, True),
        ("heartbeat_interval", False, False),
    ],
)
def test_a_lock_wakes_by_its_own_setting(keeper: Keeper, wake: str, knob: bool, keypad: bool) -> None:
    keeper.change(f"/devices/{seed.ATTIC}", wake_wifi=wake)
    keeper.device(seed.ATTIC).heartbeat()
    keeper.pass_time(60)
    access = keeper.admit(keeper.user("730915"), seed.ATTIC)
    keeper.device(seed.ATTIC).turn()
    assert (keeper.counts(access)[1] == 1) is knob
    keeper.device(seed.ATTIC).enter_pin(pin="00000")
    assert (keeper.counts(access)[1] == 1) is keypad
    keeper.pass_time(1200)
    assert keeper.counts(access)[1] == 1


@pytest.mark.rule("RL-R203")
def test_a_lock_that_is_offline_learns_nothing_until_it_is_back(keeper: Keeper) -> None:
    keeper.device(FRONT).network(on=False)
    access = keeper.admit(keeper.user("730915"), FRONT)
    keeper.pass_time(3 * 3600)
    assert keeper.counts(access) == (1, 0, 1, 0)
    keeper.device(FRONT).network(on=True)
    assert keeper.counts(access) == (1, 1, 0, 0)


@pytest.mark.rule("RL-R204")
def test_after_a_day_without_contact_a_grant_has_failed_until_it_gets_through(keeper: Keeper) -> None:
    keeper.device(FRONT).network(on=False)
    access = keeper.admit(keeper.user("730915"), FRONT)
    keeper.pass_time(86_399)
    assert keeper.counts(access) == (1, 0, 1, 0)
    keeper.pass_time(1)
    assert keeper.counts(access) == (1, 0, 0, 1)
    (failed,) = keeper.events("access_person_sync_failed")
    assert failed["attributes"]["status_info"] == "timeout"
    keeper.device(FRONT).network(on=True)
    assert keeper.counts(access) == (1, 1, 0, 0)


@pytest.mark.rule("RL-R205")
@pytest.mark.parametrize("pin", ["3719", "604218"], ids=["local pin", "programming code"])
def test_a_pin_that_the_lock_has_itself_fails_the_sync_once(keeper: Keeper, pin: str) -> None:
    access = keeper.admit(keeper.user(pin), FRONT)
    keeper.pass_time(3 * 3600)
    assert keeper.counts(access) == (1, 0, 0, 1)
    (failed,) = keeper.events("access_person_sync_failed")
    assert failed["attributes"]["status_info"] == "pin_conflict"


@pytest.mark.rule("RL-R206")
def test_a_lock_without_keypad_takes_no_one_without_a_card(keeper: Keeper) -> None:
    person = keeper.user("730915")
    access = keeper.admit(person, seed.CELLAR)
    keeper.device(seed.CELLAR).heartbeat()
    assert keeper.counts(access) == (1, 0, 0, 1)
    keeper.change(f"/access_persons/{person['id']}", card_number="88214")
    keeper.device(seed.CELLAR).heartbeat()
    assert keeper.counts(access) == (1, 1, 0, 0)
    assert keeper.device(seed.CELLAR).present_card(card_number=88214)["granted"]


@pytest.mark.rule("RL-R207")
def test_a_guest_synced_after_the_start_is_late(keeper: Keeper) -> None:
    early = keeper.admit(keeper.visitor("730915", "2026-01-05T16:00:00", "2026-01-07T10:00:00"), FRONT)
    late = keeper.admit(keeper.visitor("730916", "2026-01-05T01:00:00", "2026-01-07T10:00:00"), FRONT)
    keeper.pass_time(TO_THE_BEAT)
    assert [keeper.counts(access)[1] for access in (early, late)] == [1, 1]
    (output,) = keeper.events("access_guest_late_sync")
    assert output["attributes"]["associated_resource_id"] == late.split("/")[2]


@pytest.mark.rule("RL-R208")
def test_a_location_counts_all_its_locks_and_no_doors(keeper: Keeper) -> None:
    access = keeper.admit(keeper.user("730915"), seed.HARBOUR_HOUSE, "location")
    keeper.pass_time(TO_THE_BEAT)
    # FRONT_DOOR, STORE_ROOM and GARAGE know it; CELLAR takes no pins; BARE_LOCK has never connected.
    assert keeper.counts(access) == (5, 3, 1, 1)


@pytest.mark.rule("RL-R209")
@pytest.mark.parametrize("how", ["revoke", "deactivate", "delete", "new pin"])
def test_a_person_without_access_gets_in_until_the_next_contact(keeper: Keeper, how: str) -> None:
    person = keeper.user("730915")
    access = keeper.admit(person, FRONT)
    keeper.device(FRONT).heartbeat()
    keeper.change(f"/devices/{FRONT}", wake_wifi="heartbeat_interval")
    keeper.device(FRONT).heartbeat()
    keeper.pass_time(60)
    match how:
        case "revoke":
            keeper.remove(access)
        case "deactivate":
            keeper.change(f"/access_persons/{person['id']}/deactivate")
        case "delete":
            keeper.remove(f"/access_persons/{person['id']}")
        case _:
            keeper.change(f"/access_persons/{person['id']}", pin="730999")
    assert keeper.device(FRONT).enter_pin(pin="730915")["granted"]
    keeper.pass_time(1200)
    assert not keeper.device(FRONT).enter_pin(pin="730915")["granted"]


@pytest.mark.rule("RL-R210")
def test_a_deregistered_lock_is_no_longer_there(keeper: Keeper) -> None:
    keeper.remove(f"/devices/{FRONT}")
    assert FRONT not in [device.id for device in keeper.site.hardware.devices()]
    keeper.pass_time(86_400)


@pytest.mark.rule("RL-R211", "RL-R539")
def test_a_new_lock_connects_by_itself_and_earlier_settings_are_lost(keeper: Keeper) -> None:
    model = next(one["id"] for one in keeper.everything("/models") if one["attributes"]["number"] == "LS-6i")
    given = {"name": "Boat house", "serial_number": "AC000W000481516", "model_id": model, "location_id": seed.QUAY}
    lock = keeper.make("/devices", **given)
    path = f"/devices/{lock['id']}"
    assert lock["attributes"]["connected_at"] is None
    keeper.change(path, heartbeat_interval=3600)
    keeper.pass_time(119)
    assert keeper.read(path)["attributes"]["heartbeat_interval"] == 3600
    keeper.pass_time(1)
    shown = keeper.read(path)["attributes"]
    assert (shown["connected_at"], shown["heartbeat_interval"]) == ("2026-01-05T08:02:00Z", 1200)
    assert (shown["programming_code"], shown["local_pins"], shown["power_level"]) == ("123456", [], 100)
    keeper.change(path, heartbeat_interval=3600)
    keeper.pass_time(1200)
    assert keeper.device(lock["id"]).state["heartbeat_interval"] == 3600
    assert keeper.read(path)["attributes"]["heartbeat_interval"] == 3600


@pytest.mark.rule("RL-R212")
def test_local_pins_come_from_the_keypad_and_go_by_the_api(keeper: Keeper) -> None:
    door = keeper.device(FRONT)
    assert not door.program_pin(code="111111", pin="445566")["programmed"]
    assert door.program_pin(code="604218", pin="445566")["programmed"]
    assert keeper.read(f"/devices/{FRONT}")["attributes"]["local_pins"] == ["3719", "445566"]
    assert door.enter_pin(pin="445566")["granted"]
    keeper.change(f"/devices/{FRONT}", local_pins=["445566"])
    assert door.enter_pin(pin="3719")["granted"]  # it hears of it now
    assert not door.enter_pin(pin="3719")["granted"]
    assert door.enter_pin(pin="445566")["granted"]


@pytest.mark.rule("RL-R213")
def test_a_reset_lock_has_no_grants_until_its_next_contact(keeper: Keeper) -> None:
    door = keeper.device(FRONT)
    door.network(on=False)
    door.reset()
    assert not door.enter_pin(pin="4071")["granted"]
    assert not door.enter_pin(pin="3719")["granted"]
    door.network(on=True)
    assert keeper.reported("reset", "access_denied") == ["reset", "access_denied", "access_denied"]
    assert door.enter_pin(pin="4071")["granted"]
    assert keeper.read(f"/devices/{FRONT}")["attributes"]["local_pins"] == []


@pytest.mark.rule("RL-R214")
def test_the_cloud_shows_when_a_lock_was_heard_and_whether_it_is_there(keeper: Keeper) -> None:
    def shown() -> tuple[str, bool, bool]:
        output = keeper.read(f"/devices/{FRONT}")["attributes"]
        return output["connected_at"][11:], output["connected"], output["alive"]

    assert shown() == ("07:57:00Z", False, True)
    keeper.pass_time(TO_THE_BEAT)
    assert shown() == ("08:17:00Z", True, True)
    keeper.pass_time(30)
    assert shown() == ("08:17:00Z", False, True)
    keeper.device(FRONT).network(on=False)
    keeper.pass_time(2 * 1200 + 29)
    assert shown() == ("08:17:00Z", False, True)
    assert keeper.events("connectivity") == []
    keeper.pass_time(1)
    assert shown() == ("08:17:00Z", False, False)
    (lost,) = keeper.events("connectivity")
    assert (lost["attributes"]["status"], lost["attributes"]["connected_at"][11:]) == ("failed", "08:17:00Z")
    keeper.device(FRONT).network(on=True)
    assert shown()[1:] == (True, True)
    assert [event["attributes"]["status"] for event in keeper.events("connectivity")] == ["succeeded", "failed"]


def test_heartbeats_with_nothing_to_say_are_no_turns(keeper: Keeper) -> None:
    before = keeper.world.core.journal.last
    keeper.pass_time(3600)
    assert keeper.world.core.journal.last - before <= 4
