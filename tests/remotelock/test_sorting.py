"""Orders: by one key and several, descending with a hyphen, ties by creation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.remotelock import seed
from tests.remotelock.caller import Caller
from tests.remotelock.keeper import Keeper

COLLECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "/access_exceptions": ("created_at", ("created_at", "name")),
    "/access_persons": ("created_at", ("created_at", "updated_at", "name", "department", "starts_at", "ends_at")),
    "/acs/doors": ("created_at", ("created_at", "name")),
    "/devices": ("created_at", ("created_at", "name")),
    "/events": ("-occurred_at", ("created_at", "occurred_at")),
    "/groups": ("created_at", ("created_at", "name")),
    f"/groups/{seed.INDOORS}/doors": ("created_at", ("created_at",)),
    "/locations": ("name", ("created_at", "name")),
    "/notification_subscribers": ("created_at", ("created_at", "name")),
    "/notification_subscriptions": ("created_at", ("created_at",)),
    "/resort_lock_guests": ("created_at", ("created_at", "name", "starts_at", "ends_at")),
    "/schedules": ("created_at", ("created_at", "name")),
    "/models": ("", ("number",)),
}
"""collection → its default order, and what it sorts by (each chapter's parameters)."""


@pytest.mark.rule("RL-R60", "RL-R62")
@pytest.mark.parametrize("path", COLLECTIONS)
def test_a_collection_sorts_by_its_documented_keys_both_ways(caller: Caller, path: str) -> None:
    default, keys = COLLECTIONS[path]
    assert len(caller.get(path).ids) > 1 or "subscriptions" in path
    for key in keys:
        for sign in ("", "-"):
            shown = [item["attributes"].get(key) for item in caller.get(path, f"sort={sign}{key}").data]
            known = [value for value in shown if value is not None]
            if path == "/devices" and key == "created_at":
                continue  # plugs do not show it
            assert known == sorted(known, reverse=bool(sign)), f"{sign}{key}"
            assert shown[: len(known)] == known, f"{sign}{key}: nulls come last"
    assert caller.get(path, f"sort={default}").ids == caller.get(path).ids


@pytest.mark.rule("RL-R65")
def test_models_come_in_the_documents_order(caller: Caller) -> None:
    numbers = [model["attributes"]["number"] for model in caller.get("/models").data]
    assert numbers[:3] == ["RL-4000", "LS-P50i", "LS-3i"]
    assert len(numbers) == 15


@pytest.mark.rule("RL-R64")
@pytest.mark.parametrize("path", COLLECTIONS)
def test_an_unknown_key_is_ignored_and_the_journal_says_so(caller: Caller, path: str) -> None:
    assert caller.get(path, "sort=colour").ids == caller.get(path).ids
    assert any("sort='colour' is ignored" in miss for miss in caller.misses)


@pytest.mark.rule("RL-R61")
@settings(max_examples=40)
@given(
    rows=st.lists(st.tuples(st.sampled_from("Aab "), st.sampled_from(["", "x", "y"])), min_size=2, max_size=8),
    keys=st.lists(
        st.sampled_from(["name", "-name", "department", "-department", "created_at", "-created_at"]), max_size=3
    ),
)
def test_several_keys_sort_one_within_the_other(rows: list[tuple[str, str]], keys: list[str]) -> None:
    caller = Caller()
    for name, department in rows:
        caller.person(name=f"{name}.", department=department or None)
        caller.pass_time(1)
    reply = caller.get("/access_persons", {"sort[]": keys, "per_page": 50, "type": "access_user"})
    assert reply.ids == by_hand(caller.get("/access_persons", "type=access_user&per_page=50").data, keys)


def by_hand(items: list[dict[str, Any]], keys: list[str]) -> list[str]:
    first: dict[str, bool] = {}
    for key in keys:
        first.setdefault(key.removeprefix("-"), key.startswith("-"))
    if first and list(first.values())[-1]:  # ties go by creation, in the direction of the last key
        items.reverse()
    for name, descending in reversed(first.items()):
        read = reader(name)
        known = [item for item in items if read(item) is not None]
        items = sorted(known, key=read, reverse=descending) + [item for item in items if read(item) is None]
    return [item["id"] for item in items]


def reader(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda item: item["attributes"][name]


@pytest.mark.rule("RL-R63")
def test_ties_go_by_creation_in_the_direction_of_the_last_key(caller: Caller) -> None:
    made = []
    for second in (0, 0, 0, 1):
        caller.pass_time(second)
        made.append(caller.person(name="Same").data["id"])
    for sort, expected in (("name", made), ("-name", made[::-1]), ("-created_at", made[::-1]), ("created_at", made)):
        shown = [key for key in caller.get("/access_persons", f"sort={sort}").ids if key in made]
        assert shown == expected


@pytest.mark.rule("RL-R316", "RL-R63")
def test_events_of_one_contact_are_listed_in_the_order_in_which_they_happened(keeper: Keeper) -> None:
    """A client that reads back from the newest event to its last known one misses nothing."""
    lock = keeper.device(seed.FRONT_DOOR)
    lock.network(on=False)
    happened = [lock.enter_pin(pin=f"99{n}")["event_id"] for n in range(6)]
    lock.network(on=True)
    times = {event["attributes"]["created_at"] for event in keeper.events("access_denied")}
    assert len(times) == 1
    for sort, expected in (("created_at", happened), ("-created_at", happened[::-1]), ("-occurred_at", happened[::-1])):
        listed = keeper.get("/events", f"type=access_denied&sort={sort}").ids
        assert [key for key in listed if key in happened] == expected


@pytest.mark.rule("RL-R63")
def test_names_sort_by_their_bytes(caller: Caller) -> None:
    for name in ("a", "Z", "ä", "z", "Ω"):
        caller.person(name=name)
    shown = [name for name in caller.get("/access_persons", "sort=name&type=access_user").names if len(name) == 1]
    assert shown == sorted(shown, key=str.encode)


@pytest.mark.rule("RL-R61")
def test_a_single_key_given_twice_counts_as_its_last(caller: Caller) -> None:
    assert caller.get("/devices", "sort=name&sort=-name").ids == caller.get("/devices", "sort=-name").ids
