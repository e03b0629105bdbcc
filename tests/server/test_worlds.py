"""Worlds by name: made, copied, kept, dropped; each reached by its own addresses; none knows of another."""

from __future__ import annotations

import httpx
import pytest

from locksim.server.config import ServerConfig
from tests.server.served import Background, ServedToy, serve_toy, until


def test_the_default_world_is_always_there(toy: ServedToy) -> None:
    assert [w["name"] for w in toy.api("GET", "/worlds")["worlds"]] == ["default"]
    assert "default" in toy.sim("DELETE", "", status=409)["error"]


def test_a_world_is_made_as_it_was_described(toy: ServedToy) -> None:
    described = {
        "name": "mine",
        "seed": -5,
        "profile": "observed",
        "clock": {"mode": "auto", "now": "2027-01-01T00:00:00Z"},
        "limits": "off",
        "state": {"toy": {"count": 41}},
        "clock_drift": 2.5,
        "battery_drain": 1,
    }
    made = toy.api("POST", "/worlds", described, status=201)
    assert made == toy.sim("GET", "", world="mine")
    clock = {"mode": "auto", "now": "2027-01-01T00:00:00Z", "rate": 0}
    assert made == {
        "name": "mine",
        "seed": -5,
        "profile": "observed",
        "limits": "off",
        "clock_drift": 2.5,
        "battery_drain": 1,
        "start": "2027-01-01T00:00:00Z",
        "clock": clock,
        "ports": False,
        "waiting": 0,
        "vendors": {"toy": {"url": f"{toy.url}/~mine", "credentials": {"token": "toy"}}},
    }
    assert toy.get("/~mine/count").json() == {"count": 41}


def test_the_target_of_a_request_is_what_follows_the_prefix(toy: ServedToy) -> None:
    toy.api("POST", "/worlds", {"name": "mine", "clock": "manual"}, status=201)
    for asked, target in (("/~mine/echo%2F?a=~", "/echo%2F?a=~"), ("/~mine?x=/", "/?x=/"), ("/~mine", "/")):
        toy.get(asked)
        assert toy.sim("GET", "/journal", world="mine")["entries"][-1]["target"] == target
    assert toy.get("/echo/~mine").json()["target"] == "/echo/~mine"


def test_an_unknown_world_is_refused_with_the_names_of_those_there_are(toy: ServedToy) -> None:
    for refused in (toy.get("/~nobody/count"), toy.http.get(f"{toy.control}/worlds/nobody")):
        assert refused.status_code == 404
        assert "default" in refused.json()["error"]


def test_a_world_with_its_own_ports_has_no_prefix(toy: ServedToy) -> None:
    made = toy.api("POST", "/worlds", {"name": "apart", "ports": True, "clock": "manual"}, status=201)
    url = made["vendors"]["toy"]["url"]
    assert made["ports"]
    assert url.removeprefix("http://127.0.0.1:").isdigit()
    assert url != toy.url
    toy.http.post(f"{url}/count")
    assert toy.http.get(f"{url}/count").json() == {"count": 1}
    assert toy.get("/count").json() == {"count": 0}
    assert toy.http.get(f"{url}/count", headers={"Host": "evil.example"}).status_code == 421
    toy.sim("DELETE", "", world="apart")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/count", trust_env=False, verify=False)


def test_a_world_without_a_name_gets_one(toy: ServedToy) -> None:
    names = {toy.api("POST", "/worlds", status=201)["name"] for _ in range(3)}
    assert len(names) == 3


def test_a_name_can_be_used_once(toy: ServedToy) -> None:
    toy.api("POST", "/worlds", {"name": "one"}, status=201)
    for path in ("/worlds", "/worlds/default/fork"):
        assert "already" in toy.api("POST", path, {"name": "one"}, status=409)["error"]
    toy.sim("DELETE", "", world="one")
    toy.api("POST", "/worlds", {"name": "one"}, status=201)


def test_the_number_of_worlds_is_limited() -> None:
    with serve_toy(config=ServerConfig(max_worlds=3), clock="manual") as toy:
        made = [toy.api("POST", "/worlds", status=201)["name"] for _ in range(2)]
        assert "drop one" in toy.api("POST", "/worlds", status=409)["error"]
        assert "drop one" in toy.sim("POST", "/fork", status=409)["error"]
        toy.sim("DELETE", "", world=made[0])
        toy.api("POST", "/worlds", status=201)


def test_a_reset_begins_again_and_keeps_addresses_and_credentials(toy: ServedToy) -> None:
    toy.post("/count")
    toy.sim("POST", "/clock/advance", {"seconds": 60})
    again = toy.sim("POST", "/reset")
    assert again["clock"]["now"] == again["start"]
    assert toy.get("/count").json() == {"count": 0}
    assert toy.api("GET", "") == toy.ready


def test_a_restore_takes_the_world_back_with_its_time(toy: ServedToy) -> None:
    toy.post("/count")
    kept = toy.sim("POST", "/snapshots", {"name": "one"}, status=201)
    assert toy.sim("GET", "/snapshots") == {"snapshots": ["one"]}
    toy.post("/count")
    toy.sim("POST", "/clock/advance", {"seconds": 60})
    assert toy.sim("POST", "/snapshots/one/restore")["clock"]["now"] == kept["at"]
    assert toy.get("/count").json() == {"count": 1}
    assert "one" in toy.sim("POST", "/snapshots/two/restore", status=404)["error"]


def test_a_fork_begins_where_the_first_world_is_and_shares_nothing(toy: ServedToy) -> None:
    toy.post("/count")
    made = toy.sim("POST", "/fork", {"name": "copy"}, status=201)
    assert made["vendors"]["toy"]["url"] == f"{toy.url}/~copy"
    toy.post("/~copy/count")
    assert toy.get("/~copy/count").json() == {"count": 2}
    assert toy.get("/count").json() == {"count": 1}
    toy.sim("POST", "/reset", world="copy")
    assert toy.sim("GET", "", world="copy")["vendors"] == made["vendors"]


def test_the_physics_can_be_changed_one_part_at_a_time(toy: ServedToy) -> None:
    assert toy.sim("PUT", "/physics", {"clock_drift": 3}) == {"clock_drift": 3, "battery_drain": 0}
    assert toy.sim("PUT", "/physics", {"battery_drain": 2}) == {"clock_drift": 3, "battery_drain": 2}
    assert toy.sim("GET", "")["battery_drain"] == 2
    refused = toy.sim("PUT", "/physics", {"clock_drift": 3601}, status=400)
    assert "clock_drift" in refused["error"]


def test_limits_can_be_switched(toy: ServedToy) -> None:
    assert toy.sim("PUT", "/limits", {"limits": "off"}) == {"limits": "off"}
    assert toy.sim("GET", "")["limits"] == "off"


@pytest.mark.parametrize("wrong", [
    {"seed": "1"}, {"seed": 2**63}, {"profile": "x"}, {"clock": "x0"}, {"clock": {"mode": "noon"}}, {"limits": True},
    {"name": "../x"}, {"name": ""}, {"name": "a\n"}, {"ports": "yes"}, {"colour": "red"}, {"state": []},
    {"state": {"toy": {"count": -1}}}, {"state": {"toy": {"count": "many"}}},
])  # fmt: skip
def test_invalid_options_are_refused_and_create_no_world(toy: ServedToy, wrong: dict[str, object]) -> None:
    assert toy.api("POST", "/worlds", wrong, status=400)["error"]
    assert toy.api("POST", "/worlds", wrong | {"ports": wrong.get("ports", True)}, status=400)["error"]
    assert len(toy.api("GET", "/worlds")["worlds"]) == 1


def test_an_unused_world_is_dropped_and_one_in_use_is_not() -> None:
    with serve_toy(config=ServerConfig(idle=1.0), clock="manual") as toy:
        for name in ("left", "used", "waited"):
            toy.api("POST", "/worlds", {"name": name, "clock": "manual"}, status=201)
        waiter = Background(lambda: toy.get("/~waited/wait?seconds=600"))
        toy.wait_for_pending(1, world="waited")

        def dropped() -> bool:
            assert toy.get("/~used/count").status_code == 200
            return "left" not in [w["name"] for w in toy.api("GET", "/worlds")["worlds"]]

        until(dropped)
        assert toy.get("/~left/count").status_code == 404
        assert {w["name"] for w in toy.api("GET", "/worlds")["worlds"]} == {"default", "used", "waited"}
        assert not waiter.finished
        toy.api("POST", "/worlds/waited/toy/hardware/front/ring", {})
        waiter.result()
        until(lambda: [w["name"] for w in toy.api("GET", "/worlds")["worlds"]] == ["default"])
