"""The laws that need only the traffic: they judge any client, in any language."""

from __future__ import annotations

from typing import Any

import pytest

from lockpact.codelocks import PACT
from lockpact.core.traffic import Exchange
from tests.conduct import LOST, Conduct

API = Conduct(PACT, "api")
x, judge = API.x, API.judge
LOCK = "/n/1/netcode/202011161623?lockmodel=KL1060&identifier=451254"
MINUTE = f"{LOCK}&start=2026-01-05%2008:30&duration=0"
HOUR = f"{LOCK}&start=2026-01-05%2008:00&duration=0"
KEY: dict[str, Any] = {"headers": (("X-Api-Key", "k" * 40),)}
OVER: dict[str, Any] = {"status": 429, "said": {"message": "Limit Exceeded"}}


@pytest.mark.parametrize(
    ("law", "traffic"),
    [
        ("CL-START-1", [x(HOUR), x(f"{LOCK}&start=2026-01-05+00%3A00&duration=12")]),
        ("CL-START-1", [x(f"{LOCK}&start=2026-01-05 23:00&duration=11")]),
        ("CL-QUOTA-1", [x(HOUR, n, **OVER) for n in range(10)]),
        ("CL-QUOTA-1", [x(HOUR, n * 86_500, **OVER) for n in range(30)]),
        ("CL-QUOTA-1", [*(x(HOUR, n, **OVER) for n in range(9)), x(HOUR, 10), *(x(HOUR, n, **OVER) for n in range(11, 20))]),
        ("CL-KEY-1", [x(HOUR, **KEY), x("/u/1/init", **KEY)]),
    ],
)  # fmt: skip
def test_allowed_traffic_keeps_the_law(law: str, traffic: list[Exchange]) -> None:
    assert judge(law, *traffic) is None


@pytest.mark.parametrize(
    ("law", "traffic", "message"),
    [
        ("CL-START-1", [x(MINUTE)], "the client requested start=2026-01-05 08:30, which is not on the hour"),
        ("CL-START-1", [x(HOUR), x(f"{LOCK}&start=2026-01-05+08:00&duration=12")], "durations in days start at midnight"),
        ("CL-START-1", [x(f"{LOCK}&duration=0", status=404)], "the client requested start=,"),
        ("CL-QUOTA-1", [x(HOUR, n, **OVER) for n in range(11)], "11 consecutive requests were refused because"),
        ("CL-QUOTA-1", [x(HOUR, n, **(OVER if n % 5 else LOST)) for n in range(20)], "consecutive requests were refused"),
        ("CL-KEY-1", [x(f"{HOUR}&key={'k' * 40}", **KEY)], "the API key is in the URL of /n/1/netcode/202011161623"),
    ],
)  # fmt: skip
def test_forbidden_traffic_breaks_the_law(law: str, traffic: list[Exchange], message: str) -> None:
    assert message in (judge(law, *traffic) or "")


@pytest.mark.parametrize("law", API.laws())
def test_empty_traffic_triggers_no_law(law: str) -> None:
    assert judge(law) == "untriggered"


def test_three_laws_need_only_the_traffic() -> None:
    assert API.laws() == ["CL-START-1", "CL-QUOTA-1", "CL-KEY-1"]
