"""Several bridges in one network: each is called at its own address, and shares nothing with the others."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from locksim.engine.errors import Impossible, Refused
from locksim.engine.inputs import Command
from locksim.nuki import VENDOR
from locksim.nuki.seed import BRIDGE, FRONT_DOOR
from locksim.nuki.state import BRIDGE_SITES
from locksim.server.run import serving
from tests.nuki.caller import Caller


class House:
    """A world with two bridges, and a caller of each."""

    def __init__(self, profile: str = "documented") -> None:
        self.first = Caller(profile)
        self.added: dict[str, Any] = self.first.site.support("add_bridge")
        self.second = Caller(world=self.first.world, place="bridge-2")
        self.side_door, self.spare = self.added["locks"]


@pytest.fixture
def house() -> House:
    return House()


def published(bridge: Caller) -> list[Any]:
    found: list[Any] = bridge.get("/discover/bridges", token=None).json["bridges"]
    return found


@pytest.mark.rule("NK-R77")
def test_by_default_there_is_one_bridge_and_nothing_at_the_other_addresses(bridge: Caller) -> None:
    assert [one.server_id for one in bridge.state.bridges] == [int(BRIDGE)]
    for place in BRIDGE_SITES[1:]:
        other = Caller(world=bridge.world, place=place)
        assert other.get("/list").status == other.get("/discover/bridges").status == 0
    assert bridge.site.credentials == {"token": bridge.token}


@pytest.mark.rule("NK-R77")
def test_an_added_bridge_answers_at_its_own_address_with_its_own_token_and_locks(house: House) -> None:
    assert house.added["url"] == "http://192.168.1.51:8080"
    assert house.added["token"] == house.second.token != house.first.token
    assert [lock["nukiId"] for lock in house.second.get("/list").json] == [house.side_door]
    assert house.second.get("/info").json["ids"]["serverId"] == house.added["bridge"]
    assert house.second.get("/list", token=house.first.token).status == 401
    assert house.first.get("/lockState", nukiId=house.side_door).status == 404
    assert FRONT_DOOR in [lock["nukiId"] for lock in house.first.get("/list").json]
    assert house.first.site.credentials == {"token": house.first.token, "bridge-2": {"token": house.second.token}}


@pytest.mark.rule("NK-R37")
@pytest.mark.rule("NK-R78")
def test_discovery_lists_every_bridge_at_its_address(house: House) -> None:
    house.first.pass_time(5)
    house.second.get("/configAuth", enable=0)
    house.second.get("/configAuth", enable=1)
    assert [(one["bridgeId"], one["ip"], one["port"], one["dateUpdated"]) for one in published(house.first)] == [
        (int(BRIDGE), "192.168.1.50", 8080, "2026-01-02T08:00:00Z"),
        (house.added["bridge"], "192.168.1.51", 8080, "2026-01-05T08:00:05Z"),
    ]
    assert published(house.second) == published(house.first)
    house.second.get("/configAuth", enable=0)
    assert [(one["ip"], one["port"]) for one in published(house.first)] == [("192.168.1.50", 8080), ("0.0.0.0", 0)]
    house.first.site.support("discovery", bridge=house.added["bridge"])
    house.second.bridge.power(on=False)
    house.first.pass_time(30 * 86_400 + 1)
    assert [one["bridgeId"] for one in published(house.first)] == [int(BRIDGE)]


@pytest.mark.rule("NK-R77")
def test_each_bridge_has_its_own_button_led_and_window(house: House) -> None:
    waiting = house.second.begin("/auth")
    assert house.second.bridge.state["led"]
    assert not house.first.bridge.state["led"]
    assert house.first.bridge.press_button()["windows"] == 0
    assert house.second.bridge.press_button()["windows"] == 1
    assert waiting.reply.json["token"] == house.second.token
    late = house.second.begin("/auth")
    house.first.pass_time(30)
    assert late.reply.json == {"success": False}


@pytest.mark.rule("NK-R77")
def test_each_bridge_has_its_own_callbacks_log_and_clock(house: House) -> None:
    house.first.register("http://receiver.test/1")
    house.second.register("http://receiver.test/1")
    house.second.lock(house.side_door).turn()
    assert house.first.received == []
    assert house.second.reported_states(house.side_door) == [3]
    assert house.second.known(house.side_door) == 3
    assert "HTTP-LockState" not in {entry["type"] for entry in house.first.get("/log").json}
    house.second.bridge.network(on=False)
    house.second.bridge.clock(offset=60)
    assert house.second.get("/info").json["currentTime"] == "2026-01-05T08:01:00Z"
    assert house.first.get("/info").json["currentTime"] == "2026-01-05T08:00:00Z"


@pytest.mark.rule("NK-R77")
def test_one_bridge_restarts_and_is_reset_alone(house: House) -> None:
    house.second.get("/reboot")
    assert house.second.get("/list").status == 0
    assert house.first.get("/list").status == 200
    house.second.lock(house.side_door).turn()
    house.first.pass_time(30)
    assert house.second.known(house.side_door) == 3, "it listened to its locks when it had booted"
    house.second.get("/factoryReset")
    assert house.second.get("/list").status == 401
    assert house.first.get("/list").status == 200


@pytest.mark.rule("NK-R77")
def test_each_motor_answers_its_own_caller(house: House) -> None:
    waiting = (
        house.first.begin("/lockAction", nukiId=FRONT_DOOR, action=1),
        house.second.begin("/lockAction", nukiId=house.side_door, action=1),
    )
    house.first.pass_time(2)
    assert [one.reply.json["success"] for one in waiting] == [True, True]


@pytest.mark.rule("NK-R16")
@pytest.mark.rule("NK-R77")
def test_a_later_bridge_is_busy_alone_and_calls_its_receivers_in_turn() -> None:
    house = House("observed")
    house.second.begin("/auth")
    assert house.second.get("/list").status == 503
    assert house.first.get("/list").status == 200
    house.second.bridge.press_button()
    for place in range(2):
        house.second.register(f"http://receiver.test/{place}")
    house.second.lock(house.side_door).turn()
    assert [url for url, _ in house.second.received] == ["http://receiver.test/0", "http://receiver.test/1"]


def test_what_the_owner_does_in_the_app_concerns_the_bridge_that_is_named(house: House) -> None:
    app, second = house.first.site.support, str(house.added["bridge"])
    assert app("set_token", token="another1", bridge=second)["token"] == "another1"
    assert app("bridge_type", bridge=second) == {"bridgeType": 2}
    assert app("drowsy", bridge=int(second)) == {"drowsy": True}
    assert app("pair", lock=house.spare)["nukiId"] == house.spare
    assert [bridge.type for bridge in house.first.state.bridges] == [1, 2]
    assert [bridge.token for bridge in house.first.state.bridges] == [house.first.token, "another1"]
    with pytest.raises(Refused, match="there is no bridge"):
        app("set_token", bridge=7)


def test_there_are_at_most_three_bridges_and_no_two_have_the_same_token_or_id(house: House) -> None:
    house.first.site.support("add_bridge")
    with pytest.raises(Impossible, match="at most 3 bridges"):
        house.first.site.support("add_bridge")
    bridges = house.first.state.bridges
    assert len({bridge.token for bridge in bridges}) == len({bridge.server_id for bridge in bridges}) == 3
    house.first.world.apply(Command(house.first.world.core.now, "reset"))
    assert len(published(house.first)) == 1


def test_an_outcome_or_a_timer_of_a_bridge_that_is_gone_does_nothing(house: House) -> None:
    house.second.begin("/lockAction", nukiId=house.side_door, action=1)
    house.second.get("/reboot")
    house.first.world.control("load", vendor="nuki", state=msgspec.to_builtins(Caller().state))
    house.first.pass_time(60)
    assert not [entry.failed for entry in house.first.world.core.journal if entry.failed]


@pytest.mark.rule("NK-R37")
def test_served_a_client_that_follows_discovery_reaches_each_bridge() -> None:
    with serving([VENDOR], seed=7) as ready:
        nuki, support = ready["vendors"]["nuki"], f"{ready['control']}/worlds/{ready['world']}/nuki/support"
        added = httpx.post(f"{support}/add_bridge", json={}, verify=False).raise_for_status().json()
        found = httpx.get(f"{nuki['url']}/discover/bridges", verify=False).json()["bridges"]
        tokens = [nuki["credentials"]["token"], added["token"]]
        lists = [
            httpx.get(f"http://{one['ip']}:{one['port']}/list", params={"token": token}, verify=False).json()
            for one, token in zip(found, tokens, strict=True)
        ]
        assert [len(one) for one in lists] == [3, 1]
        assert f"http://{found[1]['ip']}:{found[1]['port']}" == added["url"]
