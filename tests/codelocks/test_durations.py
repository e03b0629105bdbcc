"""GET /u/1/durations and GET /u/1/duration/{id}."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.codelocks.durations import MODELS
from tests.codelocks.caller import Caller


@pytest.mark.rule("CL-R80")
@pytest.mark.rule("CL-R130")
@pytest.mark.rule("CL-R131")
@pytest.mark.rule("CL-R132")
def test_durations_or_modes_are_listed_for_one_model_or_all(api: Caller, examples: Any) -> None:
    everything, modes = api.get("/u/1/durations").json, api.get("/u/1/durations", operation="MODES").json
    assert [list(one) for one in everything] == [list(examples["answers"]["/u/1/durations"][0])] * 20
    assert [list(one) for one in modes] == [list(examples["answers"]["modes"][0])] * 2
    assert api.get("/u/1/durations", operation="Durations").json == everything
    assert len(api.get("/u/1/durations", lockmodel="K3CONNECT").json) == 19
    assert api.send("GET", examples["requests"]["/u/1/durations"]).json == modes
    assert len(api.get("/u/1/durations", lockmodel="KL1550", operation="modes").json) == 1
    assert api.get("/u/1/durations", operation="x").status == 400
    assert api.get("/u/1/durations", lockmodel="x").status == 400


@pytest.mark.rule("CL-R133")
@pytest.mark.parametrize("model", MODELS)
def test_durations_accept_every_model(api: Caller, model: str) -> None:
    assert api.get("/u/1/durations", lockmodel=model).status == 200
    assert api.get("/u/1/duration/0", lockmodel=model).status == 200


@pytest.mark.rule("CL-R81")
@pytest.mark.rule("CL-R82")
def test_the_list_has_the_known_durations(api: Caller) -> None:
    shown = {
        one["DurationID"]: (one["DurationHours"], one["DurationDays"], one["Mode"], one["SubMode"], one["LockModels"])
        for one in api.get("/u/1/durations").json
    }
    every = ",".join(MODELS)
    hours = {n: (n + 1, 0, "standard", "alltime", every) for n in range(12)}
    days = {n: (0, n - 11, "standard", "alltime", every) for n in range(12, 19)}
    assert shown == hours | days | {37: (0, 120, "urm", "rental", "KL1060,KL1060C2,KL1060G3")}


@pytest.mark.rule("CL-R83")
@pytest.mark.parametrize("duration", ["19", "36", "38", "-1", "00", "1.0", "x", "999999999999"])
def test_any_other_id_is_400(api: Caller, duration: str) -> None:
    assert api.netcode("kit-front-gate", "2026-01-05 00:00", duration).status == 400
    assert api.get(f"/u/1/duration/{duration}").status == 400


@pytest.mark.rule("CL-R83")
@pytest.mark.parametrize("model", ["KL1550", "K3CONNECT"])
def test_a_duration_that_the_model_does_not_have_is_400(api: Caller, model: str) -> None:
    assert api.get("/u/1/duration/37", lockmodel=model).status == 400
    assert api.get("/u/1/duration/18", lockmodel=model).status == 200


@pytest.mark.rule("CL-R84")
def test_observed_the_list_has_the_key_duration_id(api: Caller, observed: Caller) -> None:
    expected, items = api.get("/u/1/durations").json, observed.get("/u/1/durations").json
    assert [list(item.values()) for item in expected] == [list(item.values()) for item in items]
    assert [next(iter(item)) for item in items] == ["DurationId"] * 20


@pytest.mark.rule("CL-R85")
@pytest.mark.rule("CL-R86")
def test_one_duration_has_lists_of_one_and_observed_objects(api: Caller, observed: Caller, examples: Any) -> None:
    documented = api.send("GET", examples["requests"]["/u/1/duration/{id}"]).json
    sample = examples["answers"]["/u/1/duration/{id}"]
    assert list(documented) == list(sample)
    for part in ("Rules", "Duration", "Mode"):
        assert [list(one) for one in documented[part]] == [list(one) for one in sample[part]]
        assert observed.get("/u/1/duration/0").json[part] == documented[part][0]


@pytest.mark.rule("CL-R134")
def test_a_duration_without_an_id_is_404(api: Caller) -> None:
    for query in ({}, {"lockmodel": "KL1060"}, {"lockmodel": "unknown"}):
        reply = api.get("/u/1/duration", **query)
        assert (reply.status, reply.messages) == (404, ["[Missing Parameter] id"])
    assert api.site.support("plan")["utility"]["used"] == 3
    assert api.form("POST", "/u/1/duration").status == 403


@pytest.mark.rule("CL-R87")
@pytest.mark.parametrize(
    ("model", "duration", "rules"),
    [
        ("KL1060", 0, (0, 1, "")), ("KL1550", 12, (0, 1, "00:00")), ("KL1060C2", 37, (0, 1, "00:00")),
        ("K3CONNECT", 11, (1, 0, "")), ("K3CONNECT", 18, (1, 0, "00:00")),
    ],
)  # fmt: skip
def test_rules_say_what_the_caller_has_to_do(
    api: Caller, model: str, duration: int, rules: tuple[int, int, str]
) -> None:
    (shown,) = api.get(f"/u/1/duration/{duration}", lockmodel=model).json["Rules"]
    assert tuple(shown.values()) == rules
