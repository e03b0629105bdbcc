"""What is tried at the end of an example of paired worlds: with which values, and by which requests."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from lockpact.core.traffic import Exchange
from lockpact.driving.state_machine import _recorded
from lockpact.simulators.known_values import KnownValues
from lockpact.simulators.made_requests import RequestMaker, latest_of_each_kind
from locksim.engine.timestamps import DAY, parse_iso

NOW = parse_iso("2026-03-28T12:00:00Z")


def exchange(method: str, target: str, answer: Any = None, sent: Any = None, status: int = 200) -> Exchange:
    body = b"" if sent is None else json.dumps(sent).encode()
    return Exchange(
        "lockt", "cloud", method, target, 0, 1, (("apikey", "k"),), body, status, (), json.dumps(answer).encode()
    )


def known(*values: Any) -> KnownValues:
    found = KnownValues()
    for value in values:
        found.learn(value)
    return found


def test_a_value_is_known_by_its_name_or_else_by_one_like_it() -> None:
    values = known({"card_num": "10001", "clientemail": "a@b.example", "id": 7})
    assert values.named("card_num") == ["10001"]
    assert values.named("card") == ["10001"]
    assert values.named("email") == ["a@b.example"]
    assert values.named("lock_id") == [], "id is a part of too many names"


def test_values_named_with_a_time_come_first() -> None:
    values = known({"pin": "1111"}, {"pin": "2222", "ends_at": "2026-03-29T12:00:00Z"})
    at, values.preferred = next(values.times_after(NOW, NOW + 2 * DAY))
    assert at == NOW + DAY
    assert values.named("pin") == ["2222"]


def test_a_time_without_a_zone_has_a_meaning_in_each_zone_that_was_named() -> None:
    values = known({"time_zone": "America/Denver"}, {"ends_at": "2026-03-29T12:00:00"})
    assert [one.at for one in values.times_after(NOW, NOW + 2 * DAY)] == [NOW + DAY, NOW + DAY + DAY // 4]
    assert list(values.times_after(NOW + 2 * DAY, NOW + 3 * DAY)) == [], "it has passed"


def test_a_path_gets_the_ids_that_its_collection_had() -> None:
    values = KnownValues()
    values.learn_answer("/v1/devices", {"data": [{"type": "lock", "id": "a"}, {"type": "lock", "id": "b"}]})
    assert values.ids_below("/v1/devices/") == ["a", "b"]
    assert values.ids_below("/v1/groups") == []


def test_a_request_is_changed_in_each_of_its_members_at_one_time_or_another() -> None:
    sent = {"users": [{"id_num": "A1", "email": "a@b.example"}], "options": {"update_existing": True}}
    own = exchange("POST", "/api/v1/user", {"data": {}}, sent)
    maker = RequestMaker("lockt", [own], known(sent), Random(1))
    bodies = [json.loads(maker.changed().body) for _ in range(600)]
    assert {"users": sent["users"], "options": {}} in bodies, "an option is left out"
    assert any("a1" in json.dumps(body) for body in bodies), "in the other case"
    assert any(len(body.get("users", ())) > 100 for body in bodies), "more than a batch may have"
    assert any(body.get("options") == {"update_existing": False} for body in bodies)


def test_operations_that_the_client_did_not_call_are_called_with_its_credentials() -> None:
    own = [exchange("GET", "/api/v1/user", {"data": [{"id": 7}]}), exchange("GET", "/api/v1/door", {}, status=401)]
    values = KnownValues()
    for one in own:
        values.learn_exchange(one)
    maker = RequestMaker("lockt", own, values, Random(1))
    made = [maker.unasked() for _ in range(600)]
    asked = Counter(f"{one.method} {one.target.partition('?')[0]}" for one in made)
    assert len(asked) == 17, "every operation of the document"
    assert asked["GET /api/v1/user"] + asked["GET /api/v1/door"] < 60
    assert all(("apikey", "k") in one.headers for one in made)
    assert any(one.body and one.method == "PUT" and b'"user_id": 7' in one.body for one in made), (
        "a user's id, from /user"
    )


def test_the_latest_request_of_each_kind_is_sent_again() -> None:
    first, other, last = (
        exchange("POST", "/door", {}, {"doors": [{"name": "A"}]}),
        exchange("GET", "/door"),
        exchange("POST", "/door", {}, {"doors": [{"name": "B"}]}),
    )
    assert latest_of_each_kind([first, other, last]) == [other, last]


def test_a_rule_that_fails_on_a_server_that_differs_does_not_end_the_run() -> None:
    def broken(machine: Any) -> None:
        raise KeyError("a person whom only the server has")

    rule = _recorded(lambda **_: lambda run: run, broken, {})
    machine = SimpleNamespace(script=[], stage=SimpleNamespace(diverged=True))
    rule(machine)
    machine.stage.diverged = False
    with pytest.raises(KeyError):
        rule(machine)
