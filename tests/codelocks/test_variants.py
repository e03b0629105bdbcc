"""Details of variants that a comparison of two servers does not show."""

from __future__ import annotations

import pytest

from locksim.codelocks import VENDOR
from locksim.codelocks.seed import ANNEXE, FRONT_GATE, HUGH, MAIN_DOOR, MARY
from locksim.engine.vendor import variants_of
from tests.codelocks.caller import Caller
from tests.codelocks.hints import ACCESS, HINTS

MINUTE = 60


def with_variants(caller: Caller, *names: str) -> Caller:
    caller.world.control("variants", ids=[f"codelocks-{name}" for name in names])
    return caller


@pytest.mark.parametrize("lock", [FRONT_GATE, MAIN_DOOR])
@pytest.mark.parametrize(("start", "duration", "hour"), [
    ("2025-07-01 15:00", 0, "14"),
    ("2025-07-01 00:00", 11, "23"),
    ("2025-07-01 00:00", 12, "00"),
    ("2025-01-07 15:00", 0, "15"),
    ("2025-03-30 00:00", 0, "00"),
    ("2025-03-30 02:00", 0, "01"),
    ("2025-10-26 02:00", 0, "02"),
])  # fmt: skip
def test_london_time_applies_only_to_hour_codes_of_kitlocks(
    api: Caller, lock: str, start: str, duration: int, hour: str
) -> None:
    startdata = with_variants(api, "london-time").netcode(lock, start, duration).json["Startdata"]
    assert (startdata["time_h"], startdata["original"]) == (hour if lock == FRONT_GATE else start[11:13], start)


def test_london_time_keeps_refusing_invalid_starts(api: Caller) -> None:
    assert with_variants(api, "london-time").netcode(FRONT_GATE, "2025-07-01T15:00").status == 400


def test_three_a_minute_are_counted_per_key_and_minute(api: Caller) -> None:
    with_variants(api, "three-a-minute")
    key, api.key = api.key, "0" * 40
    assert [api.netcode(FRONT_GATE, "2026-01-05 08:00").status for _ in range(4)] == [403] * 4
    api.key = key
    assert [api.netcode(FRONT_GATE, "2026-01-05 08:00").status for _ in range(4)] == [200, 200, 200, 429]
    assert api.get("/u/1/durations").status == 200
    api.site.clock.advance(MINUTE)
    assert api.netcode(FRONT_GATE, "2026-01-05 08:00").status == 200


def test_clients_of_a_minute_ago_changes_the_list_and_not_the_lock(api: Caller) -> None:
    with_variants(api, "clients-of-a-minute-ago")
    assert api.clients(MAIN_DOOR)[0]["status"] == "ACTIVE"
    api.client("PATCH", MAIN_DOOR, MARY, action="SUSPEND")
    assert api.clients(MAIN_DOOR)[0]["status"] == "ACTIVE"
    assert api.device(MAIN_DOOR).unlock_by_phone(phone=MARY)["opened"] is False
    assert [one["email"] for one in api.clients(ANNEXE)] == [HUGH]
    api.site.clock.advance(MINUTE)
    assert api.clients(MAIN_DOOR)[0]["status"] == "SUSPENDED"


def test_a_new_access_key_starts_its_own_half_hour(api: Caller) -> None:
    with_variants(api, "access-key-lapses")
    assert api.k3connect(MAIN_DOOR).status == 200
    api.site.clock.advance(30 * MINUTE)
    assert api.k3connect(MAIN_DOOR).messages[0].startswith("[Invalid Data] Access Key")
    assert api.client("DELETE", MAIN_DOOR, MARY).status == 400
    assert api.netcode(FRONT_GATE, "2026-01-05 08:00").status == 200
    api.access = api.site.support("access_key")["access_key"]
    assert api.k3connect(MAIN_DOOR).status == 200


@pytest.mark.parametrize("profile", ["documented", "observed"])
@pytest.mark.parametrize("id_", variants_of(VENDOR))
def test_no_variant_fails_on_any_request(id_: str, profile: str) -> None:
    caller = with_variants(Caller(profile), id_.removeprefix("codelocks-"))
    assert caller.access == ACCESS
    for method, target in (request for request in HINTS.requests if isinstance(request, tuple)):
        for body in (b"", *HINTS.bodies):
            assert caller.send(method, target, body=body).status < 500
