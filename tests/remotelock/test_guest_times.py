"""Guests' times have no zone: a zone is ignored, and a date without a time of day gets the account's."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from locksim.remotelock.entities import AccessGuest, Lock
from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R89")
@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-02-01T16:04:00", "2026-02-01T16:04:00"),
        ("2026-02-01T16:04", "2026-02-01T16:04:00"),
        ("2026-02-01 16:04:05", "2026-02-01T16:04:05"),
        ("2026-02-01T16:04:05.250", "2026-02-01T16:04:05"),
        ("2026-02-01T16:04:00Z", "2026-02-01T16:04:00"),
        ("2026-02-01T16:04:00+09:00", "2026-02-01T16:04:00"),
        ("2026-02-01", "2026-02-01T16:00:00"),
    ],
)
def test_the_wall_time_stays(caller: Caller, sent: str, shown: str) -> None:
    assert caller.guest(sent, "2026-03-01").attributes["starts_at"] == shown


@pytest.mark.parametrize(
    "sent",
    [
        "",
        None,
        "soon",
        "2026-02-30",
        "2026-02-01T24:00:00",
        "2026-02-01T16",
        1767600000,
        "0000-01-01",
        "01.02.2026",
        "2026-02-01T16:04:60",
    ],
)
def test_nothing_else_is_a_time(caller: Caller, sent: object) -> None:
    assert set(caller.guest(sent, "2026-03-01").errors) == {"starts_at"}  # type: ignore[arg-type]


@pytest.mark.rule("RL-R90")
def test_a_date_alone_gets_the_accounts_default_times(caller: Caller) -> None:
    caller.put("/account", default_guest_start_time="15:30", default_guest_end_time="02:15:00")
    shown = caller.guest("2026-02-01", "2026-02-03").attributes
    assert (shown["starts_at"], shown["ends_at"]) == ("2026-02-01T15:30:00", "2026-02-03T02:15:00")


@pytest.mark.rule("RL-R89")
def test_an_ignored_time_zone_is_reported_in_the_journal(caller: Caller) -> None:
    caller.guest("2026-02-01T16:00:00Z", "2026-02-03T11:00:00")
    assert [miss for miss in caller.misses if "the time zone of starts_at is ignored" in miss]


@pytest.mark.rule("RL-R92")
def test_the_end_is_after_the_start(caller: Caller) -> None:
    for end in ("2026-02-01T16:00:00", "2026-01-31"):
        assert caller.guest("2026-02-01T16:00:00", end).errors == {"ends_at": ["must be after starts_at"]}
    guest = caller.guest("2026-02-01", "2026-02-03").data["id"]
    assert caller.put(f"/access_persons/{guest}", ends_at="2026-01-31").errors == {
        "ends_at": ["must be after starts_at"]
    }
    assert caller.put(f"/access_persons/{guest}", starts_at="2026-02-02").status == 200


@pytest.mark.rule("RL-R93")
def test_a_guests_stay_can_be_extended_while_it_lasts(caller: Caller) -> None:
    shown = caller.put(
        f"/access_persons/{seed.VISITOR}", name="Cleaning Crew", ends_at="2026-09-21T00:00:00Z"
    ).attributes
    assert (shown["name"], shown["ends_at"]) == ("Cleaning Crew", "2026-09-21T00:00:00")


@pytest.mark.rule("RL-R91")
def test_a_devices_own_default_applies_to_a_date_without_a_time(caller: Caller) -> None:
    caller.put(f"/devices/{seed.ATTIC}", default_guest_start_time="10:00", default_guest_end_time="09:00")
    windows = {}
    for name, (start, end) in {
        "dates": ("2026-02-01", "2026-02-03"), "times": ("2026-02-01T16:00:00", "2026-02-03T11:00:00")
    }.items():  # fmt: skip
        guest = caller.guest(start, end).data["id"]
        access = caller.grant_access(guest, "lock", seed.ATTIC).data["id"]
        windows[name] = window(caller, guest, access)
    assert windows["dates"] == ("10:00", "09:00")
    assert windows["times"] == ("16:00", "11:00")


@pytest.mark.rule("RL-R91")
def test_an_accesss_override_comes_before_both(caller: Caller) -> None:
    caller.put(f"/devices/{seed.ATTIC}", default_guest_start_time="10:00")
    guest = caller.guest("2026-02-01", "2026-02-03").data["id"]
    access = caller.grant_access(guest, "lock", seed.ATTIC, guest_start_time="14:00").data["id"]
    assert window(caller, guest, access) == ("14:00", "11:00")


def window(caller: Caller, guest: str, access: str) -> tuple[str, str]:
    """The times of day, in Lisbon's winter."""
    person, lock = caller.account.persons[guest], caller.account.devices[seed.ATTIC]
    assert isinstance(person, AccessGuest)
    assert isinstance(lock, Lock)
    instants = caller.account.window(person, caller.account.accesses[access], lock)
    day = 86_400_000_000
    start, end = (f"{us % day // 3_600_000_000:02}:{us % 3_600_000_000 // 60_000_000:02}" for us in instants)
    return start, end
