"""Pins and cards at a lock: the lock decides by what it has stored."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.remotelock import seed
from tests.remotelock.keeper import Keeper

FRONT = seed.FRONT_DOOR


def let_in(keeper: Keeper, person: Any, **more: Any) -> None:
    """Grant access to FRONT_DOOR, and let the lock store it."""
    keeper.admit(person, FRONT, **more)
    keeper.device(FRONT).heartbeat()


@pytest.mark.rule("RL-R220")
def test_a_known_pin_opens_and_two_events_tell(keeper: Keeper) -> None:
    let_in(keeper, person := keeper.user("730915"))
    done = keeper.device(FRONT).enter_pin(pin="730915")
    assert done["granted"]
    assert keeper.device(FRONT).state["bolt"] == "unlocked"
    output = keeper.read(f"/events/{done['event_id']}")
    assert output["type"] == "unlocked_event"
    attributes = output["attributes"]
    assert (attributes["source"], attributes["status"], attributes["method"]) == ("user", "succeeded", "pin")
    assert (attributes["pin"], attributes["publisher_id"]) == ("730915", FRONT)
    assert (attributes["associated_resource_id"], attributes["time_zone"]) == (person["id"], "America/New_York")
    (used,) = keeper.events("access_person_used")
    assert (used["attributes"]["publisher_id"], used["attributes"]["associated_resource_id"]) == (person["id"], FRONT)
    assert keeper.read(f"/devices/{FRONT}")["attributes"]["state"] == "unlocked"


@pytest.mark.rule("RL-R221")
def test_an_unknown_pin_is_denied_and_reported_as_typed(keeper: Keeper) -> None:
    done = keeper.device(FRONT).enter_pin(pin="99")
    assert (done["granted"], done["reason"]) == (False, "unknown_credential")
    output = keeper.read(f"/events/{done['event_id']}")
    assert (output["type"], output["attributes"]["status"], output["attributes"]["pin"]) == (
        "access_denied_event",
        "failed",
        "99",
    )
    assert "associated_resource_id" not in output["attributes"]
    assert keeper.events("access_person_used") == []
    assert keeper.device(FRONT).state["bolt"] == "locked"


@pytest.mark.rule("RL-R222")
def test_a_known_person_outside_the_schedule_is_denied_and_used_has_failed(keeper: Keeper) -> None:
    """OFFICE_HOURS are 09:00 to 17:00 on Mondays, in New York; the world begins at 03:00 there."""
    let_in(keeper, keeper.user("730915"), access_schedule_id=seed.OFFICE_HOURS)
    done = keeper.device(FRONT).enter_pin(pin=730915)
    assert (done["granted"], done["reason"]) == (False, "outside_schedule")
    assert [event["attributes"]["status"] for event in keeper.events("access_person_used")] == ["failed"]
    keeper.until("2026-01-05T14:00:00Z")
    assert keeper.device(FRONT).enter_pin(pin=730915)["granted"]
    keeper.until("2026-01-05T22:00:00Z")
    assert not keeper.device(FRONT).enter_pin(pin=730915)["granted"]


@pytest.mark.rule("RL-R223")
def test_an_exceptions_days_are_closed(keeper: Keeper) -> None:
    days = [{"start_date": "2026-01-05", "end_date": "2026-01-05"}]
    exception = keeper.make("/access_exceptions", name="Closed", dates=days)
    always = [{"start_time": "00:00", "end_time": "23:59"}]
    week = dict.fromkeys(("mon", "tue"), always)
    schedule = keeper.make("/schedules", "access_schedule", name="Always", access_exception_id=exception["id"], **week)
    let_in(keeper, keeper.user("730915"), access_schedule_id=schedule["id"])
    assert not keeper.device(FRONT).enter_pin(pin="730915")["granted"]
    keeper.until("2026-01-06T12:00:00Z")
    assert keeper.device(FRONT).enter_pin(pin="730915")["granted"]


@pytest.mark.rule("RL-R224")
def test_a_guests_window_is_local_to_the_lock_from_its_start_up_to_its_end(keeper: Keeper) -> None:
    let_in(keeper, keeper.visitor("730915", "2026-01-05T16:00:00", "2026-01-07T10:00:00"))
    tries = []
    for moment in ("2026-01-05T20:59:59", "2026-01-05T21:00:00", "2026-01-07T14:59:59", "2026-01-07T15:00:00"):
        keeper.until(f"{moment}Z")
        done = keeper.device(FRONT).enter_pin(pin="730915")
        tries.append((done["granted"], done["reason"]))
    assert tries == [(False, "not_yet"), (True, None), (True, None), (False, "expired")]


@pytest.mark.rule("RL-R225")
def test_a_lock_decides_by_what_it_has_stored(keeper: Keeper) -> None:
    """The guest's time was extended while the lock was offline: its keypad keeps to the old end."""
    guest = keeper.visitor("730915", "2026-01-05T01:00:00", "2026-01-05T06:00:00")
    let_in(keeper, guest)
    keeper.device(FRONT).network(on=False)
    keeper.change(f"/access_persons/{guest['id']}", ends_at="2026-01-05T12:00:00")
    keeper.until("2026-01-05T11:30:00Z")
    assert keeper.read(f"/access_persons/{guest['id']}")["attributes"]["status"] == "current"
    assert not keeper.device(FRONT).enter_pin(pin="730915")["granted"]
    keeper.device(FRONT).network(on=True)
    assert keeper.device(FRONT).enter_pin(pin="730915")["granted"]


@pytest.mark.rule("RL-R226")
def test_a_local_pin_opens_without_a_person_and_the_programming_code_does_not(keeper: Keeper) -> None:
    done = keeper.device(FRONT).enter_pin(pin="3719")
    output = keeper.read(f"/events/{done['event_id']}")
    assert (done["granted"], output["type"]) == (True, "unlocked_event")
    assert "associated_resource_id" not in output["attributes"]
    code = keeper.device(FRONT).enter_pin(pin="604218")
    assert (code["granted"], code["event_id"], code["reason"]) == (False, None, "programming_code")


@pytest.mark.rule("RL-R227", "RL-R540")
def test_offline_events_are_reported_when_the_lock_is_back(keeper: Keeper) -> None:
    door = keeper.device(FRONT)
    door.network(on=False)
    done = door.enter_pin(pin="4071")
    assert keeper.call("GET", f"/events/{done['event_id']}").status == 404
    keeper.pass_time(3600)
    door.network(on=True)
    output = keeper.read(f"/events/{done['event_id']}")["attributes"]
    assert (output["occurred_at"], output["created_at"]) == ("2026-01-05T08:00:00Z", "2026-01-05T09:00:00Z")
    assert output["associated_resource_id"] == seed.CARETAKER


@pytest.mark.rule("RL-R228")
def test_an_event_of_a_deleted_person_has_the_name(keeper: Keeper) -> None:
    let_in(keeper, person := keeper.user("730915", name="Ghost"))
    keeper.device(FRONT).network(on=False)
    done = keeper.device(FRONT).enter_pin(pin="730915")
    keeper.remove(f"/access_persons/{person['id']}")
    keeper.device(FRONT).network(on=True)
    output = keeper.read(f"/events/{done['event_id']}")["attributes"]
    assert output["associated_resource_name"] == "Ghost"
    assert keeper.events("access_person_used") == []


@pytest.mark.rule("RL-R229")
@pytest.mark.parametrize(
    ("lock", "act", "reason"),
    [
        (seed.CELLAR, {"enter_pin": {"pin": "4071"}}, "no_keypad"),
        (seed.FRONT_DOOR, {"present_card": {"card_number": "23456"}}, "no_card_reader"),
        (seed.CELLAR, {"present_card": {}}, "unknown_credential"),
    ],
)
def test_a_lock_reads_the_credentials_of_its_model(keeper: Keeper, lock: str, act: dict[str, Any], reason: str) -> None:
    ((name, given),) = act.items()
    done = getattr(keeper.device(lock), name)(**given)
    assert (done["granted"], done["reason"]) == (False, reason)


@pytest.mark.rule("RL-R230")
def test_observed_the_cloud_receives_an_event_some_seconds_later() -> None:
    keeper = Keeper("observed")
    done = keeper.device(FRONT).enter_pin(pin="4071")
    assert keeper.call("GET", f"/events/{done['event_id']}").status == 404
    keeper.pass_time(3)
    output = keeper.read(f"/events/{done['event_id']}")["attributes"]
    assert (output["occurred_at"], output["created_at"]) == ("2026-01-05T08:00:00Z", "2026-01-05T08:00:03Z")


def test_the_first_use_is_remembered(keeper: Keeper) -> None:
    let_in(keeper, person := keeper.user("730915"))
    assert not keeper.account.persons[person["id"]].used
    keeper.device(FRONT).enter_pin(pin="730915")
    assert keeper.account.persons[person["id"]].used
