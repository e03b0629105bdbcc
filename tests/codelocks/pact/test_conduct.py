"""The laws of conduct: what the traffic alone shows of any client, in any language."""

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
SPENT: dict[str, Any] = {"status": 429, "said": {"message": "Limit Exceeded"}}


@pytest.mark.parametrize(
    ("law", "traffic"),
    [
        ("CL-START-1", [x(HOUR), x(f"{LOCK}&start=2026-01-05+00%3A00&duration=12")]),
        ("CL-START-1", [x(f"{LOCK}&start=2026-01-05 23:00&duration=11")]),
        ("CL-QUOTA-1", [x(HOUR, n, **SPENT) for n in range(10)]),
        ("CL-QUOTA-1", [x(HOUR, n * 86_500, **SPENT) for n in range(30)]),
        ("CL-QUOTA-1", [*(x(HOUR, n, **SPENT) for n in range(9)), x(HOUR, 10), *(x(HOUR, n, **SPENT) for n in range(11, 20))]),
        ("CL-KEY-1", [x(HOUR, **KEY), x("/u/1/init", **KEY)]),
    ],
)  # fmt: skip
def test_good_conduct_keeps_the_law(law: str, traffic: list[Exchange]) -> None:
    assert judge(law, *traffic) is None


@pytest.mark.parametrize(
    ("law", "traffic", "says"),
    [
        ("CL-START-1", [x(MINUTE)], "start=2026-01-05 08:30 was asked for, which is not on the hour"),
        ("CL-START-1", [x(HOUR), x(f"{LOCK}&start=2026-01-05+08:00&duration=12")], "which are days: they start at midnight"),
        ("CL-START-1", [x(f"{LOCK}&duration=0", status=404)], "start= was asked for"),
        ("CL-QUOTA-1", [x(HOUR, n, **SPENT) for n in range(11)], "11 requests in a row were refused because"),
        ("CL-QUOTA-1", [x(HOUR, n, **(SPENT if n % 5 else LOST)) for n in range(20)], "requests in a row were refused"),
        ("CL-KEY-1", [x(f"{HOUR}&key={'k' * 40}", **KEY)], "the API key is in the URL of /n/1/netcode/202011161623"),
    ],
)  # fmt: skip
def test_bad_conduct_breaks_the_law(law: str, traffic: list[Exchange], says: str) -> None:
    assert says in (judge(law, *traffic) or "")


@pytest.mark.parametrize("law", API.laws())
def test_no_traffic_exercises_nothing(law: str) -> None:
    assert judge(law) == "untriggered"


def test_they_are_three() -> None:
    assert API.laws() == ["CL-START-1", "CL-QUOTA-1", "CL-KEY-1"]
