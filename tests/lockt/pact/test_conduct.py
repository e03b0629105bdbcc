"""Laws that judge the traffic alone, so that they hold for clients in any language."""

from __future__ import annotations

from typing import Any

from lockpact.core.traffic import Exchange
from lockpact.lockt import PACT
from tests.conduct import GONE, Conduct
from tests.vendor_suites import ConductSuite

LOCKT = Conduct(PACT, "api")
BOTH = (("apiuser", "u"), ("apikey", "k"))
ALL: dict[str, Any] = {"update_existing": "true", "validate_fails_batch": False, "replace_privileges": True}
LEVELS = [{"id": 508}]


def x(target: str, at: float = 0, took: float = 0, **more: Any) -> Exchange:
    return LOCKT.x(f"/api/v1{target}", at, took, **{"headers": BOTH, **more})


def users(
    at: float = 0, took: float = 0, count: int = 1, record: Any = None, options: Any = ALL, **more: Any
) -> Exchange:
    body = {"users": [record or {"id_num": "A", "accesslevels": LEVELS}] * count, "options": options}
    return x("/user", at, took, asks=body, **more)


class TestConduct(ConductSuite):
    conduct = LOCKT
    good = (
        ("LT-BATCH-1", [users(count=100), users(5, count=100)]),
        ("LT-BATCH-2", [users(0, 1), users(1, 1), x("/events", 0.5, 1)]),
        ("LT-BATCH-2", [users(0, 2, **GONE), users(2, 1)]),
        ("LT-OPT-1", [users(), x("/door", asks={"doors": [{"name": "D"}]})]),
        ("LT-PRIV-2", [users(options=ALL | {"replace_privileges": "false"}, record={"id_num": "A"}), users()]),
        ("LT-PRIV-2", [users(options=ALL | {"update_existing": False}, record={"id_num": "A"}), users()]),
        ("LT-AUTH-1", [x("/user", status=401), x("/user", 1), x("/user", 2, status=401)]),
        ("LT-SECRET-2", [x("/user?id=1"), x("/events?id=865")]),
        ("LT-TIME-1", [users(record={"access_expires": "2026-01-24 00:00:00", "access_effective": ""})]),
        ("LT-TIME-1", [x("/fob", asks={"fobs": [{"access_expires": "2026-01-24T00:00:00.000Z"}]}, method="PUT")]),
    )
    bad = (
        ("LT-BATCH-1", [users(count=101)], "a POST may have 100 records; the client sent 101"),
        (
            "LT-BATCH-2",
            [users(0, 1), x("/door", 0.5, asks={"doors": [{"name": "D"}]})],
            "a POST was sent while another",
        ),
        ("LT-OPT-1", [users(options=None)], "without update_existing, validate_fails_batch, replace_privileges"),
        ("LT-OPT-1", [users(options=ALL | {"replace_privileges": None})], "without replace_privileges"),
        ("LT-PRIV-2", [users(record={"id_num": "A"})], "an update without accesslevels replaces them by none"),
        ("LT-PRIV-2", [users(record={"id_num": "A"}, options={"update_existing": True})], "replaces them by none"),
        ("LT-AUTH-1", [x("/user", headers=BOTH[:1])], "was sent without apikey"),
        ("LT-SECRET-2", [x("/user?apikey=k")], "apikey was sent in the URL of GET"),
        ("LT-AUTH-1", [x("/user", n, status=401) for n in range(10)], "10 requests in a row had refused credentials"),
        (
            "LT-TIME-1",
            [users(record={"access_expires": "24.01.2026"})],
            "a date was sent that the vendor does not document",
        ),
    )
