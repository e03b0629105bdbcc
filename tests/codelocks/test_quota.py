"""Plans, counts and months."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.codelocks.seed import FRONT_GATE, MAIN_DOOR
from locksim.codelocks.state import PLANS
from locksim.engine.errors import Refused
from tests.codelocks.caller import Caller

WHEN = "2026-01-05 08:00"


def used(api: Caller) -> tuple[int, int]:
    now = api.site.support("plan")
    return now["netcode"]["used"], now["utility"]["used"]


@pytest.mark.rule("CL-R20")
def test_the_plans_are_the_documents(api: Caller, examples: Any) -> None:
    assert {plan: list(quota) for plan, quota in PLANS.items()} == examples["plans"]
    for plan, (netcode, utility) in examples["plans"].items():
        for name in (plan, plan.lower(), f"Codelocks Connect API – {plan}"):
            now = api.site.support("plan", plan=name)
            assert (now["plan"], now["netcode"]["quota"], now["utility"]["quota"]) == (plan, netcode, utility)
    with pytest.raises(Refused, match="there are Business 1"):
        api.site.support("plan", plan="Gold")


@pytest.mark.rule("CL-R20")
@pytest.mark.rule("CL-R25")
def test_a_plan_allows_exactly_its_number_of_calls(api: Caller, observed: Caller) -> None:
    for one in (api, observed):
        one.site.support("plan", plan="Business 1")
        statuses = [one.netcode(FRONT_GATE, WHEN).status for _ in range(102)]
        assert statuses == [200] * 100 + [429] * 2
        beyond = one.netcode(FRONT_GATE, WHEN)
        assert beyond.body == b'{"message":"Limit Exceeded"}'
        assert beyond.headers["x-amzn-ErrorType"] == "LimitExceededException"


@pytest.mark.rule("CL-R21")
def test_netcode_and_utility_calls_are_counted_separately(api: Caller) -> None:
    api.site.support("plan", plan="Business 1")
    for _ in range(100):
        api.netcode(FRONT_GATE, WHEN)
    assert used(api) == (100, 0)
    assert api.netcode(MAIN_DOOR, WHEN).status == 429
    assert api.get("/u/1/durations").status == 200
    assert used(api) == (100, 1)


@pytest.mark.rule("CL-R127")
def test_k3connect_calls_are_utility_calls(api: Caller) -> None:
    api.get("/u/1/k3connect", accesskey=api.access)
    api.client("DELETE", MAIN_DOOR, "nobody@example.org")
    assert used(api) == (0, 2)


@pytest.mark.rule("CL-R22")
def test_a_repeated_call_counts_each_time(api: Caller) -> None:
    replies = {api.netcode(FRONT_GATE, WHEN).body for _ in range(5)}
    assert (len(replies), used(api)) == (1, (5, 0))


@pytest.mark.rule("CL-R23")
def test_refused_calls_count_except_those_beyond_the_quota(api: Caller) -> None:
    api.site.support("plan", plan="Business 1")
    assert api.netcode(FRONT_GATE, "nonsense").status == 400
    assert api.get("/n/1/netcode/1").status == 404
    assert used(api) == (2, 0)
    for _ in range(120):
        api.netcode(FRONT_GATE, WHEN)
    assert used(api) == (100, 0)
    key, api.key = api.key, "none"
    api.get("/u/1/durations")
    api.key = key
    assert used(api) == (100, 0)


@pytest.mark.rule("CL-R24")
def test_a_month_ends_at_midnight_utc_on_the_first(api: Caller) -> None:
    api.site.support("plan", plan="Business 1")
    for _ in range(100):
        api.netcode(FRONT_GATE, WHEN)
    api.advance_to("2026-01-31 23:59:59")
    assert api.netcode(FRONT_GATE, WHEN).status == 429
    api.advance_to("2026-02-01 00:00:00")
    assert used(api) == (0, 0)
    assert api.netcode(FRONT_GATE, WHEN).status == 200
    assert used(api) == (1, 0)


@pytest.mark.rule("CL-R26")
def test_a_bolt_on_is_only_for_the_current_month(api: Caller) -> None:
    api.site.support("plan", plan="Business 1")
    assert api.site.support("bolt_on", netcode=5)["netcode"]["quota"] == 105
    assert [api.netcode(FRONT_GATE, WHEN).status for _ in range(106)] == [200] * 105 + [429]
    api.advance_to("2026-02-01 00:00:00")
    assert api.site.support("plan")["netcode"] == {"used": 0, "quota": 100}


@pytest.mark.rule("CL-R27")
def test_an_upgrade_is_valid_at_once_and_used_calls_stay_used(api: Caller) -> None:
    assert api.site.support("plan")["plan"] == "Pro 1"
    api.netcode(FRONT_GATE, WHEN)
    assert api.site.support("plan", plan="Pro 3")["netcode"] == {"used": 1, "quota": 2417}


@pytest.mark.rule("CL-R28")
def test_a_suspended_key_is_refused_from_then_on(api: Caller) -> None:
    new = api.site.support("api_key")["api_key"]
    assert api.get("/u/1/durations").status == 403
    api.key = new
    assert api.get("/u/1/durations").status == 200
    assert api.site.credentials["api_key"] == new


def test_without_limits_nothing_is_429(api: Caller) -> None:
    api.site.support("plan", plan="Business 1")
    api.world.control("limits", on=False)
    assert {api.netcode(FRONT_GATE, WHEN).status for _ in range(130)} == {200}
