"""/discover/bridges: what the Nuki server publishes about the bridge."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.engine.inputs import Command
from locksim.nuki.seed import BRIDGE
from tests.nuki.caller import Caller

DAY = 86_400


def entry(bridge: Caller) -> Any:
    answer = bridge.get("/discover/bridges", token=None).json
    assert answer["errorCode"] == 0
    return answer["bridges"]


@pytest.mark.rule("NK-R30")
def test_an_entry_has_id_address_and_last_change(bridge: Caller) -> None:
    assert entry(bridge) == [
        {"bridgeId": int(BRIDGE), "ip": "192.168.1.50", "port": 8080, "dateUpdated": "2026-01-02T08:00:00Z"}
    ]


@pytest.mark.rule("NK-R79")
def test_its_id_is_the_server_id_in_info(bridge: Caller) -> None:
    assert entry(bridge)[0]["bridgeId"] == bridge.get("/info").json["ids"]["serverId"]


@pytest.mark.rule("NK-R31")
@pytest.mark.parametrize("by", ["the API", "the app"])
def test_with_discovery_disabled_there_is_no_address_and_no_auth(bridge: Caller, by: str) -> None:
    if by == "the API":
        bridge.get("/configAuth", enable=0)
    else:
        bridge.site.support("discovery", on=False)
    assert (entry(bridge)[0]["ip"], entry(bridge)[0]["port"]) == ("0.0.0.0", 0)
    assert bridge.get("/auth").status == 403


@pytest.mark.rule("NK-R32")
def test_the_date_is_that_of_the_last_change(bridge: Caller) -> None:
    bridge.pass_time(5)
    bridge.get("/configAuth", enable=1)
    assert entry(bridge)[0]["dateUpdated"] == "2026-01-02T08:00:00Z", "it was enabled already"
    bridge.get("/configAuth", enable=0)
    bridge.pass_time(5)
    assert entry(bridge)[0]["dateUpdated"] == "2026-01-05T08:00:05Z"


@pytest.mark.rule("NK-R33")
@pytest.mark.parametrize("lost", ["power", "network"])
def test_a_bridge_without_contact_for_thirty_days_is_not_listed(bridge: Caller, lost: str) -> None:
    getattr(bridge.bridge, lost)(on=False)
    bridge.pass_time(30 * DAY)
    assert len(entry(bridge)) == 1
    bridge.pass_time(1)
    assert entry(bridge) == []
    getattr(bridge.bridge, lost)(on=True)
    assert len(entry(bridge)) == 1


@pytest.mark.rule("NK-R34")
@pytest.mark.rule("NK-R35")
@pytest.mark.parametrize("host", ["factory.nuki.io", "sse0.nuki.io", "api.nuki.io"])
def test_the_servers_host_names_have_discovery_only(bridge: Caller, host: str) -> None:
    assert bridge.world.find_site(host, "https") is not None
    headers = (("Host", host),)
    assert bridge.ask(bridge.request("/discover/bridges", {}, headers=headers)).status == 200
    assert bridge.ask(bridge.request("/list", {"token": bridge.token}, headers=headers)).status == 404


@pytest.mark.rule("NK-R36")
def test_the_server_answers_whatever_the_bridge_does(bridge: Caller) -> None:
    bridge.site.support("set_token", token="")
    assert entry(bridge)
    bridge.bridge.power(on=False)
    assert entry(bridge)


@pytest.mark.rule("NK-R37")
@pytest.mark.parametrize(
    ("url", "ip", "port"),
    [
        ("http://127.0.0.1:8705", "127.0.0.1", 8705),
        ("http://localhost:49152", "127.0.0.1", 49152),
        ("http://10.0.0.7", "10.0.0.7", 80),
        ("http://127.0.0.1:8705/~other", "127.0.0.1", 8705),
    ],
)
def test_the_address_is_where_this_worlds_bridge_is_reached(bridge: Caller, url: str, ip: str, port: int) -> None:
    bridge.world.core.addresses["nuki/bridge"] = url
    assert (entry(bridge)[0]["ip"], entry(bridge)[0]["port"]) == (ip, port)


def test_a_reset_keeps_the_entry(bridge: Caller) -> None:
    before = entry(bridge)
    bridge.get("/configAuth", enable=0)
    bridge.world.apply(Command(bridge.world.core.now, "reset"))
    assert entry(bridge) == before
