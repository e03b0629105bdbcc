"""Requests, recipes, what runs out and the rules of a turn: what the console asks of the control API about vendors."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from locksim.console.rules import read_rules
from locksim.registry import load, select
from locksim.server.run import serving

VENDORS = ("noke", "remotelock", "lockt", "codelocks", "nuki")


class Api:
    """The control API of a fresh world."""

    def __init__(self, ready: dict[str, Any], http: httpx.Client) -> None:
        self.ready, self.http = ready, http
        made = http.post(f"{ready['control']}/worlds", json={"seed": 7, "clock": "manual"}).json()
        self.base, self.vendors = f"{ready['control']}/worlds/{made['name']}", made["vendors"]

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, self.base + path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def recipe(self, vendor: str, title: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = self("GET", f"/{vendor}/recipes")["recipes"]
        return next(one for one in found if one["title"] == title)

    def perform(self, vendor: str, recipe: dict[str, Any]) -> list[Any]:
        """Do the steps as the page does, and return what each came to."""
        kept: dict[str, Any] = {}
        results = []
        for raw in recipe["steps"]:
            step = _with_kept(raw, kept)
            if step["kind"] == "request":
                sent = {key: step[key] for key in ("method", "target", "headers", "body", "site") if key in step}
                entry = self("POST", f"/{vendor}/requests", sent)
                result = json.loads(entry["answer"]["body"]) if "answer" in entry else entry
                assert entry.get("answer", {}).get("status", 200) < 300, (step, entry)
            elif step["kind"] == "act":
                result = self("POST", f"/{vendor}/hardware/{step['device']}/{step['action']}", step.get("args", {}))
            else:
                result = self("POST", "/clock/advance", {key: step[key] for key in ("until", "seconds") if key in step})
            for name, path in step.get("keep", {}).items():
                kept[name] = result
                for key in path.split("."):
                    kept[name] = kept[name][int(key) if key.isdigit() else key]
            results.append(result)
        return results


def _with_kept(thing: Any, kept: dict[str, Any]) -> Any:
    if isinstance(thing, str):
        for name, value in kept.items():
            thing = thing.replace(f"{{{{{name}}}}}", value if isinstance(value, str) else json.dumps(value))
        return thing
    if isinstance(thing, dict):
        return {key: _with_kept(value, kept) for key, value in thing.items()}
    return [_with_kept(value, kept) for value in thing] if isinstance(thing, list) else thing


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[dict[str, Any], httpx.Client]]:
    with (
        serving(select(VENDORS), clock="manual") as ready,
        httpx.Client(trust_env=False, timeout=20, verify=False) as http,
    ):
        yield ready, http


@pytest.fixture
def api(server: tuple[dict[str, Any], httpx.Client]) -> Api:
    return Api(*server)


def test_a_request_enters_like_a_clients_own_and_placeholders_are_credentials(api: Api) -> None:
    entry = api("POST", "/nuki/requests", {"method": "GET", "target": "/list?token={{token}}"})
    assert entry["answer"]["status"] == 200
    assert entry["target"] == f"/list?token={api.vendors['nuki']['credentials']['token']}"
    assert ["User-Agent", "locksim console"] in entry["headers"]
    nuki = api.vendors["nuki"]
    real = api.http.get(f"{nuki['url']}/list", params=nuki["credentials"])
    assert real.text == entry["answer"]["body"]


def test_an_unknown_placeholder_stays_as_it_is(api: Api) -> None:
    entry = api("POST", "/nuki/requests", {"method": "GET", "target": "/list?token={{nothing}}"})
    assert (entry["target"], entry["answer"]["status"]) == ("/list?token={{nothing}}", 401)


def test_a_request_that_waits_has_a_ticket_and_a_later_turn_answers_it(api: Api) -> None:
    ticket = api("POST", "/nuki/requests", {"method": "GET", "target": "/auth"})["ticket"]
    assert api("GET", "/clock")["mode"] == "manual"
    api("POST", "/clock/advance", {"seconds": 30})
    entries = api("GET", "/journal")["entries"]
    answered = next(one for one in entries if "resolved" in one)
    assert [one["ticket"] for one in answered["resolved"]] == [ticket]
    assert (answered["event"], answered["vendor"]) == ("window_over", "nuki")


def test_an_auto_world_moves_on_for_a_request_that_waits(server: tuple[dict[str, Any], httpx.Client]) -> None:
    api = Api(*server)
    api("PUT", "/clock", {"mode": "auto"})
    api("POST", "/nuki/requests", {"method": "GET", "target": "/auth"})
    for _ in range(100):
        time.sleep(0.1)  # each call about the world holds it back for a moment
        if any("resolved" in one for one in api("GET", "/journal")["entries"]):
            return
    pytest.fail("the request still waits")


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": "list"},
        {"target": "/a b"},
        {"target": "/", "headers": [["X", "a\r\nY: b"]]},
        {"target": "/", "headers": [["X Y", "a"]]},
        {"target": "/", "method": "GET /"},
    ],
)
def test_what_is_no_request_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    answer = api.http.post(f"{api.base}/nuki/requests", json={"method": "GET", **wrong})
    assert answer.status_code == 400
    assert api("GET", "/journal")["last"] == 0


def test_an_unknown_site_is_refused(api: Api) -> None:
    answer = api.http.post(f"{api.base}/nuki/requests", json={"method": "GET", "target": "/", "site": "cloud"})
    assert (answer.status_code, "no site 'cloud'" in answer.text) == (404, True)


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_operation_has_a_form_that_is_no_unknown_path(api: Api, vendor: str) -> None:
    forms = api("GET", f"/{vendor}/requests")["requests"]
    display = load(vendor).display()
    assert display is not None
    assert [(one["method"], one["path"]) for one in forms] == [
        (row.method, display.base + row.path) for row in display.operations
    ]
    for form in forms:
        if form["effect"] != "read":
            continue
        values = {one["name"]: one.get("value", "") for one in form.get("fields", [])}
        path = form["path"]
        for name in re.findall(r"{([^}]+)}", path):
            path = path.replace(f"{{{name}}}", values[name] or "1")
        query = [f"{name}={value}" for name, value in form.get("query", [])]
        query += [
            f"{one['name']}={one['value'].replace(' ', '%20')}"
            for one in form.get("fields", [])
            if one["where"] == "query" and one.get("value")
        ]
        sent = {
            "method": form["method"], "target": f"{path}?{'&'.join(query)}", "headers": form.get("headers", []),
            "body": form.get("body", ""), "site": form["site"],
        }  # fmt: skip
        entry = api("POST", f"/{vendor}/requests", sent)
        assert entry.get("answer", {"status": 200})["status"] not in (403, 405, 500), (form, entry)
        assert not any("did you mean" in miss for miss in entry.get("misses", [])), (form, entry)


def test_every_recipe_works_in_the_default_world(api: Api, server: tuple[dict[str, Any], httpx.Client]) -> None:
    seen = 0
    for vendor in VENDORS:
        for recipe in api("GET", f"/{vendor}/recipes")["recipes"]:
            world = Api(*server)
            world.perform(vendor, world.recipe(vendor, recipe["title"]))
            seen += 1
    assert seen >= 9


@pytest.mark.parametrize(
    ("vendor", "first", "last", "rule"),
    [
        ("codelocks", {"opened": True, "reason": "netcode"}, {"opened": False, "reason": "not_valid_now"}, "CL-R67"),
        ("remotelock", {"granted": True, "reason": None}, {"granted": False, "reason": "expired"}, "RL-R88"),
    ],
)
def test_summer_time_locks_the_guest_out_and_the_turn_names_the_rule(
    api: Api, vendor: str, first: dict[str, Any], last: dict[str, Any], rule: str
) -> None:
    results = api.perform(vendor, api.recipe(vendor, "Lock a guest out by summer time"))
    typed = [one for one in results if "reason" in one]
    assert [{key: one[key] for key in first} for one in typed] == [first, last]
    turns = api("GET", "/journal?limit=1000")["entries"]
    n = next(one["n"] for one in reversed(turns) if one["kind"] == "act")
    rules = {one["id"]: one for one in api("GET", f"/journal/{n}")["rules"]}
    assert rules[rule]["about"] == "answer"
    assert rules[rule]["sentence"] == read_rules(load(vendor).fidelity)[rule].sentence


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_rules_that_a_vendor_names_exist(vendor: str) -> None:
    display = load(vendor).display()
    assert display is not None
    known = read_rules(load(vendor).fidelity)
    assert len(known) > 50
    for pattern, ids in display.rules:
        re.compile(pattern)
        assert [one for one in ids if one not in known] == [], pattern


def test_an_answers_rules_are_certain_and_those_of_its_operation_likely(api: Api) -> None:
    api("POST", "/nuki/requests", {"method": "GET", "target": "/auth?x=1"})
    api("POST", "/nuki/requests", {"method": "GET", "target": "/list?token=wrong"})
    rules = api("GET", "/journal/2")["rules"]
    assert [one["id"] for one in rules if one["about"] == "answer"] == ["NK-R09"]
    waiting = api("GET", "/journal/1")["rules"]
    assert {one["about"] for one in waiting} == {"operation"}
    assert "NK-R41" in [one["id"] for one in waiting]


def test_what_runs_out_is_counted_and_ends(api: Api) -> None:
    api.perform("remotelock", {"steps": api.recipe("remotelock", "Let a guest in with a PIN")["steps"][:1]})
    token = [one for one in api("GET", "/remotelock/display")["gauges"] if "token" in one["title"]]
    assert [(one["begins"], one["ends"]) for one in token] == [("2026-01-05T08:00:00Z", "2026-01-05T10:00:00Z")]
    api(
        "POST",
        "/codelocks/requests",
        {"method": "GET", "target": "/u/1/durations", "headers": [["x-api-key", "{{api_key}}"]]},
    )
    used = {one["title"]: one["used"] for one in api("GET", "/codelocks/display")["gauges"]}
    assert used == {"netcode calls of the plan Pro 1": 0, "utility calls of the plan Pro 1": 1}


def test_a_lock_and_its_phone_hold_what_the_other_does_not_have(api: Api) -> None:
    recipe = api.recipe("noke", "Issue an offline key too early")
    device = recipe["steps"][1]["device"]
    api.perform("noke", recipe)
    lines = api("GET", "/noke/display")["holdings"][device]
    assert {(one["what"], one["state"]) for one in lines} >= {("offline key 1 of ada", "arriving")}
    api.perform("noke", api.recipe("noke", "Let a guest in with a phone"))
    lines = api("GET", "/noke/display")["holdings"][device]
    assert ("offline key 1 of ada", "held") in {(one["what"], one["state"]) for one in lines}


def test_an_access_is_on_its_way_until_the_lock_contacts_the_cloud(api: Api) -> None:
    steps = api.recipe("remotelock", "Let a guest in with a PIN")["steps"]
    device = steps[3]["device"]

    def of_ada() -> list[str]:
        found = api("GET", "/remotelock/display")["holdings"][device]
        return [one["state"] for one in found if one["what"] == "Ada"]

    api.perform("remotelock", {"steps": steps[:3]})
    assert of_ada() == ["arriving"]
    api.perform("remotelock", {"steps": steps[3:4]})
    assert of_ada() == ["held"]


def test_steps_have_what_their_kind_needs(api: Api) -> None:
    needs = {"request": "target", "act": "action", "until": "until", "advance": "seconds"}
    for vendor in VENDORS:
        for recipe in api("GET", f"/{vendor}/recipes")["recipes"]:
            for step in recipe["steps"]:
                assert step.get(needs[step["kind"]]), step
