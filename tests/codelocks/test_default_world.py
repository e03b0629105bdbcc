"""What users may rely on in the default world."""

from __future__ import annotations

import re

import msgspec

from locksim.codelocks import VENDOR
from locksim.codelocks.seed import (
    ANNEXE,
    BIKE_SHED,
    BOAT_HOUSE,
    DENNIS,
    FRONT_GATE,
    HUGH,
    KARL,
    LINEN_ROOM,
    MAIN_DOOR,
    MARY,
)
from locksim.codelocks.state import API_KEY
from locksim.inprocess.world import World
from tests.codelocks.caller import Caller, start_text


def test_the_first_kitlock_is_initialised_in_utc_and_without_drift(api: Caller) -> None:
    first = api.site.hardware.kind("kitlock")[0]
    shown = first.state
    assert (first.id, shown["lockmodel"], shown["drift"], shown["initialised"]) == (FRONT_GATE, "KL1060", 0, True)
    assert shown["clock"] == api.site.clock.iso
    assert re.fullmatch("[0-9]{12}", shown["timecode"])
    assert re.fullmatch("[0-9]{6}", shown["identifier"])
    query = {
        "start": start_text(api.now),
        "duration": 0,
        "lockmodel": shown["lockmodel"],
        "identifier": shown["identifier"],
    }
    code = api.get(f"/n/1/netcode/{shown['timecode']}", **query).json["ActualNetcode"]
    assert first.enter_netcode(code=code) == {"opened": True, "reason": "netcode"}


def test_the_plan_has_at_least_a_hundred_netcode_calls(api: Caller) -> None:
    assert api.site.support("plan")["netcode"]["quota"] >= 100


def test_its_devices_are_those_that_seed_names(api: Caller) -> None:
    assert [(device.kind, device.id) for device in api.site.hardware.devices()] == [
        *(("kitlock", name) for name in (FRONT_GATE, BIKE_SHED, LINEN_ROOM, BOAT_HOUSE)),
        *(("k3lock", name) for name in (MAIN_DOOR, ANNEXE)),
        *(("phone", name) for name in (MARY, DENNIS, HUGH, KARL)),
    ]
    assert api.device(MAIN_DOOR).state["clients"] == {MARY: "ACTIVE", DENNIS: "INVITED"}
    assert api.device(ANNEXE).state["clients"] == {HUGH: "ACTIVE"}


def test_keys_have_their_forms_and_depend_on_the_seed() -> None:
    worlds = [Caller(seed=seed).site.credentials for seed in range(20)]
    assert all(re.fullmatch(API_KEY, keys["api_key"]) for keys in worlds)
    assert all(re.fullmatch("[0-9a-z]{10,}", keys["access_key"]) for keys in worlds)
    assert len({keys["api_key"] for keys in worlds}) == len({keys["access_key"] for keys in worlds}) == 20
    assert Caller(seed=3).site.credentials == worlds[3]


def test_a_state_can_be_dumped_changed_and_loaded(api: Caller) -> None:
    state = msgspec.to_builtins(api.state)
    state["kitlocks"][0]["name"] = "Gartentor"
    loaded = World([VENDOR], seed=7, state={"codelocks": state}).site("codelocks")
    assert loaded.hardware[FRONT_GATE].state["name"] == "Gartentor"
