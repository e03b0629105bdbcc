"""The laws of conduct, which judge Codelocks clients in any language by their traffic."""

from __future__ import annotations

from typing import Any

from lockpact.codelocks import PACT
from tests.conduct import LOST, Conduct
from tests.vendor_suites import ConductSuite

API = Conduct(PACT, "api")
x = API.x
LOCK = "/n/1/netcode/202011161623?lockmodel=KL1060&identifier=451254"
MINUTE = f"{LOCK}&start=2026-01-05%2008:30&duration=0"
HOUR = f"{LOCK}&start=2026-01-05%2008:00&duration=0"
KEY: dict[str, Any] = {"headers": (("X-Api-Key", "k" * 40),)}
OVER: dict[str, Any] = {"status": 429, "said": {"message": "Limit Exceeded"}}


class TestConduct(ConductSuite):
    conduct = API
    good = (
        ("CL-START-1", [x(HOUR), x(f"{LOCK}&start=2026-01-05+00%3A00&duration=12")]),
        ("CL-START-1", [x(f"{LOCK}&start=2026-01-05 23:00&duration=11")]),
        ("CL-QUOTA-1", [x(HOUR, n, **OVER) for n in range(10)]),
        ("CL-QUOTA-1", [x(HOUR, n * 86_500, **OVER) for n in range(30)]),
        ("CL-QUOTA-1", [*(x(HOUR, n, **OVER) for n in range(9)), x(HOUR, 10), *(x(HOUR, n, **OVER) for n in range(11, 20))]),
        ("CL-KEY-1", [x(HOUR, **KEY), x("/u/1/init", **KEY)]),
    )  # fmt: skip
    bad = (
        ("CL-START-1", [x(MINUTE)], "the client requested start=2026-01-05 08:30, which is not on the hour"),
        ("CL-START-1", [x(HOUR), x(f"{LOCK}&start=2026-01-05+08:00&duration=12")], "durations in days start at midnight"),
        ("CL-START-1", [x(f"{LOCK}&duration=0", status=404)], "the client requested start=,"),
        ("CL-QUOTA-1", [x(HOUR, n, **OVER) for n in range(11)], "11 consecutive requests were refused because"),
        ("CL-QUOTA-1", [x(HOUR, n, **(OVER if n % 5 else LOST)) for n in range(20)], "consecutive requests were refused"),
        ("CL-KEY-1", [x(f"{HOUR}&key={'k' * 40}", **KEY)], "the API key is in the URL of /n/1/netcode/202011161623"),
    )  # fmt: skip

    def test_three_laws_need_only_the_traffic(self) -> None:
        assert API.laws() == ["CL-START-1", "CL-QUOTA-1", "CL-KEY-1"]
