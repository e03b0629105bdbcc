"""What the default world promises, whatever its seed."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

import locksim
from locksim.inprocess.world import World
from locksim.remotelock import VENDOR, seed
from locksim.remotelock.catalog import EVENT_TYPES
from locksim.remotelock.state import State
from tests.remotelock.caller import Caller

LISTS = (
    "/access_exceptions", "/access_persons", "/acs/doors", "/devices", "/events", "/groups", "/locations",
    "/notification_subscribers", "/notification_subscriptions", "/notifications", "/resort_lock_guests", "/schedules",
)  # fmt: skip


@settings(max_examples=10)
@given(number=st.integers(0, 2**63))
def test_client_credentials_read_the_user_and_every_inhabitant(number: int) -> None:
    caller = Caller(seed=number)
    assert caller.get("/user").status == 200
    for path in LISTS:
        for item in caller.get(path, "per_page=50").data:
            if item["type"] != "notification":
                assert caller.get(item["links"]["self"].removeprefix("https://api.remotelock.com")).data == item
    types = {event["type"].removesuffix("_event") for event in caller.get("/events").data}
    assert types == set(EVENT_TYPES)


def test_there_is_a_connected_ls_6i_and_somebody_who_unlocked_it(caller: Caller) -> None:
    lock = caller.get(f"/devices/{seed.FRONT_DOOR}").attributes
    model = caller.get(f"/models/{lock['model_id']}").attributes
    assert (model["number"], lock["alive"], lock["state"]) == ("LS-6i", True, "locked")
    event = caller.get(f"/events/{seed.UNLOCKED}").attributes
    assert caller.get(f"/access_persons/{event['associated_resource_id']}").status == 200


def test_credentials_are_texts_and_open_both_accounts(caller: Caller) -> None:
    assert list(caller.credentials) == ["client_id", "client_secret", "redirect_uri", "email", "password"]
    assert all(msgspec.to_builtins(caller.credentials).values())
    caller.token = caller.sign_in()["access_token"]
    assert caller.get("/account").data["id"] == seed.MILL_LODGE
    for path in ("/devices", "/access_persons", "/locations", "/events"):
        assert caller.get(path).data, f"the other account has no {path}"


def test_the_connection_info_has_both_addresses() -> None:
    urls = {site.name: site.url for site in VENDOR.sites}
    assert urls == {"api": "https://api.remotelock.com", "oauth": "https://connect.remotelock.com"}
    assert [site.port for site in VENDOR.sites] == [8702, 8712]
    assert VENDOR.connection_info(urls) == {"oauth_url": "https://connect.remotelock.com"}


def test_worlds_of_one_seed_are_alike_and_of_others_have_other_secrets() -> None:
    names = ("client_id", "client_secret", "password")
    secrets = [tuple(Caller(seed=number).credentials[name] for name in names) for number in range(10)]
    assert secrets[3] == tuple(Caller(seed=3).credentials[name] for name in names)
    assert len({secret for pair in secrets for secret in pair}) == 30


def test_times_are_relative_to_the_worlds_start() -> None:
    for start in ("2019-07-01T00:00:00Z", "2031-12-31T23:59:59Z"):
        caller = Caller(start=start)
        statuses = {person: caller.status(person) for person in (seed.VISITOR, seed.NEWCOMER, seed.DEPARTED)}
        assert list(statuses.values()) == ["current", "upcoming", "expired"]


def test_a_state_can_be_dumped_changed_and_loaded(caller: Caller) -> None:
    state = msgspec.to_builtins(caller.state)
    account = state["accounts"][seed.HARBOUR_STAYS]
    account["devices"][seed.FRONT_DOOR]["name"] = "Haustür"
    account["persons"][seed.CLEANER]["pin"] = "9999"
    loaded = Caller(state=state)
    assert isinstance(loaded.state, State)
    assert loaded.get("/devices", "sort=name").names.count("Haustür") == 1
    assert loaded.person(pin="9999", generate_pin=False).status == 422


def test_the_world_is_small_and_its_vendor_is_registered() -> None:
    world = World([VENDOR], seed=5)
    assert len(world.core.snapshot().encode()) < 60_000
    assert locksim.World(seed=5, vendors=["remotelock"]).site("remotelock").credentials
