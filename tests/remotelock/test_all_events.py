"""All 19 event types can happen, each with the attributes of its sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from locksim.remotelock import seed
from locksim.remotelock.catalog import EVENT_ATTRIBUTES, EVENT_TYPES
from tests.remotelock.keeper import Keeper

FIXTURES = Path(__file__).parents[2] / "fixtures" / "remotelock"
SHAPES: dict[str, Any] = json.loads(FIXTURES.joinpath("requests.json").read_text("utf-8"))["shapes"]
DOCUMENTED = {name: shape for name, shape in SHAPES.items() if name.endswith("_event")}


@pytest.fixture
def busy(keeper: Keeper) -> Keeper:
    """Return a world with events of all types."""
    for who, person in (
        ("730915", keeper.user("730915")),
        ("730916", keeper.visitor("730916", "2026-01-05T01:00:00", "2026-01-08T01:00:00")),
        ("3719", keeper.user("3719")),
    ):
        keeper.admit(person, seed.FRONT_DOOR)
        assert who
    front, lobby = keeper.device(seed.FRONT_DOOR), keeper.device(seed.LOBBY)
    front.heartbeat()
    front.enter_pin(pin="730915")
    front.enter_pin(pin="99")
    keeper.pass_time(20)
    front.battery(level=9)
    front.heartbeat()
    front.battery()
    front.reset()
    front.network(on=False)
    keeper.pass_time(3600)
    lobby.hold_open()
    lobby.close()
    lobby.request_exit()
    keeper.device(seed.THERMOSTAT).measure(temperature=70, humidity=50)
    keeper.device(seed.PLUG).press()
    keeper.device(seed.PLUG).press()
    return keeper


@pytest.mark.rule("RL-R320")
def test_all_can_happen(busy: Keeper) -> None:
    assert set(busy.reported()) == set(EVENT_TYPES)


@pytest.mark.rule("RL-R321")
def test_each_has_the_keys_of_its_sample_in_their_order(busy: Keeper) -> None:
    seen = set()
    for event in busy.everything("/events"):
        if event["type"] in DOCUMENTED:
            keys = list(DOCUMENTED[event["type"]]["attributes"])
            about = "associated_resource_id" in event["attributes"]
            expected = (
                keys
                if about
                else [key for key in keys if not key.startswith("associated_resource_") or key[-4:] == "name"]
            )
            assert list(event["attributes"]) == expected, event["type"]
            seen.add(event["type"])
    assert seen == set(DOCUMENTED)


@pytest.mark.rule("RL-R322")
def test_the_others_have_the_attributes_of_their_type(busy: Keeper) -> None:
    common = ["source", "status", "time_zone", "occurred_at", "created_at", "updated_at"]
    publisher = ["publisher_id", "publisher_type"]
    seen = set()
    for event in busy.everything("/events"):
        bare = event["type"].removesuffix("_event")
        about = ["associated_resource_id", "associated_resource_type"]
        about = about if about[0] in event["attributes"] else []
        assert list(event["attributes"]) == [*common, *EVENT_ATTRIBUTES[bare], *publisher, *about]
        seen.add(bare)
    assert seen == set(EVENT_TYPES)


@pytest.mark.rule("RL-R514")
def test_the_sources_of_events_are_those_of_the_samples(busy: Keeper) -> None:
    sources = {event["type"]: event["attributes"]["source"] for event in busy.everything("/events")}
    for type in (
        "access_person_synced_event", "access_person_sync_failed_event", "access_guest_late_sync_event",
        "connectivity_event", "power_level_low_event",
    ):  # fmt: skip
        assert sources[type] == "user"


@pytest.mark.rule("RL-R515")
def test_observed_a_locked_event_of_auto_lock_has_nine_attributes() -> None:
    keeper = Keeper("observed")
    keeper.device(seed.FRONT_DOOR).enter_pin(pin="4071")
    keeper.pass_time(60)
    (locked,) = keeper.events("locked")
    assert list(locked["attributes"]) == [
        "source", "status", "time_zone", "occurred_at", "created_at", "updated_at", "method", "publisher_id",
        "publisher_type",
    ]  # fmt: skip
