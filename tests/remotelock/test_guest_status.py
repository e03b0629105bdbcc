"""A guest's status: by time, in the zones of the places that the guest may enter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.engine.timestamps import iso, parse_iso
from locksim.remotelock import seed, zones
from locksim.remotelock.entities import AccessGuest
from tests.remotelock.caller import Caller

EDGES = ("upcoming", "current", "current", "expired")
ZONES = ["America/New_York", "Europe/Lisbon", "America/Denver", "Pacific/Apia", "Asia/Kathmandu"]


def statuses(caller: Caller, guest: str, start: str, end: str) -> list[str]:
    """Return the statuses just before the start, at the start, just before the end, at the end."""
    caller.world.core.strict = False  # months of opening hours go by
    found: list[str] = []
    for moment, late in ((start, -1), (start, 0), (end, -1), (end, 0)):
        caller.world.advance_to(parse_iso(moment) + late)
        person = caller.account.persons[guest]
        found.append(caller.account.status(person, caller.now))
        listed = [
            one.id
            for one in caller.account.collections.persons(caller.now).page(
                {"status": frozenset({found[-1]})}, (), 0, 50
            )[0]
        ]
        assert guest in listed
    return found


@pytest.mark.rule("RL-R85")
def test_without_any_access_the_first_location_decides(caller: Caller) -> None:
    guest = caller.guest("2026-02-01T16:00:00", "2026-02-03T11:00:00").data["id"]
    assert statuses(caller, guest, "2026-02-01T21:00:00Z", "2026-02-03T16:00:00Z") == list(EDGES)


@pytest.mark.rule("RL-R87")
def test_an_access_elsewhere_decides_by_its_own_zone(caller: Caller) -> None:
    guest = caller.guest("2026-02-01T16:00:00", "2026-02-03T11:00:00").data["id"]
    assert caller.grant_access(guest, "lock", seed.ATTIC).status == 201
    assert statuses(caller, guest, "2026-02-01T16:00:00Z", "2026-02-03T11:00:00Z") == list(EDGES)


@pytest.mark.rule("RL-R87")
def test_among_several_zones_the_earliest_start_and_the_latest_end(caller: Caller) -> None:
    guest = caller.guest("2026-02-01T16:00:00", "2026-02-03T11:00:00").data["id"]
    for kind, key in (("lock", seed.ATTIC), ("location", seed.BOATHOUSE), ("door_group", seed.INDOORS)):
        assert caller.grant_access(guest, kind, key).status == 201
    assert statuses(caller, guest, "2026-02-01T16:00:00Z", "2026-02-03T18:00:00Z") == list(EDGES)


@pytest.mark.rule("RL-R91")
def test_an_override_replaces_the_time_of_day_there(caller: Caller) -> None:
    guest = caller.guest("2026-02-01T16:00:00", "2026-02-03T11:00:00").data["id"]
    caller.grant_access(guest, "lock", seed.ATTIC, guest_start_time="14:00", guest_end_time="20:30:15")
    assert statuses(caller, guest, "2026-02-01T14:00:00Z", "2026-02-03T20:30:15Z") == list(EDGES)


@pytest.mark.rule("RL-R88")
@pytest.mark.parametrize(
    ("starts_at", "ends_at", "start", "end"),
    [
        ("2026-03-08T02:30:00", "2026-03-08T12:00:00", "2026-03-08T09:00:00Z", "2026-03-08T18:00:00Z"),
        ("2026-03-07T12:00:00", "2026-03-08T02:30:00", "2026-03-07T19:00:00Z", "2026-03-08T09:00:00Z"),
        ("2026-11-01T01:30:00", "2026-11-02T00:00:00", "2026-11-01T07:30:00Z", "2026-11-02T07:00:00Z"),
        ("2026-10-31T00:00:00", "2026-11-01T01:30:00", "2026-10-31T06:00:00Z", "2026-11-01T08:30:00Z"),
    ],
)
def test_clocks_that_change_take_no_time_from_a_guest(
    caller: Caller, starts_at: str, ends_at: str, start: str, end: str
) -> None:
    guest = caller.guest(starts_at, ends_at).data["id"]
    caller.grant_access(guest, "location", seed.BOATHOUSE)
    assert statuses(caller, guest, start, end) == list(EDGES)


@pytest.mark.rule("RL-R87")
def test_a_moved_device_changes_the_status(caller: Caller) -> None:
    """The guest's day is over in Lisbon, and not yet in Denver."""
    guest = caller.guest("2026-02-01T00:00:00", "2026-02-02T00:00:00").data["id"]
    access = caller.grant_access(guest, "location", seed.QUAY).data["id"]
    caller.until("2026-02-02T03:00:00Z")
    caller.renew()
    assert caller.status(guest) == "expired"
    caller.put(f"/locations/{seed.QUAY}", time_zone="America/Denver")
    assert (caller.status(guest), guest in caller.get("/access_persons").ids) == ("current", True)
    caller.put(f"/locations/{seed.QUAY}", time_zone="Asia/Tokyo")
    assert (caller.status(guest), guest in caller.get("/access_persons").ids) == ("expired", False)
    assert caller.delete(f"/access_persons/{guest}/accesses/{access}").status == 204
    assert (caller.status(guest), guest in caller.get("/access_persons").ids) == ("current", True)


@settings(max_examples=12)
@given(
    day=st.sampled_from(["2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2026-07-04"]),
    hours=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    zone=st.sampled_from(ZONES),
)
def test_any_guest_in_any_zone_goes_through_its_statuses_in_order(day: str, hours: tuple[int, int], zone: str) -> None:
    caller = Caller()
    caller.put(f"/locations/{seed.BOATHOUSE}", time_zone=zone)
    starts_at, ends_at = f"{day}T{hours[0]:02}:30:00", f"{day[:-2]}{int(day[-2:]) + 2:02}T{hours[1]:02}:30:00"
    guest = caller.guest(starts_at, ends_at).data["id"]
    caller.grant_access(guest, "location", seed.BOATHOUSE)
    start, end = zones.start_of(starts_at, zone), zones.end_of(ends_at, zone)
    found = caller.account.persons[guest]
    assert isinstance(found, AccessGuest)
    assert caller.account.stay(found) == (start, end)
    assert statuses(caller, guest, iso(start), iso(end)) == list(EDGES)


@pytest.mark.rule("RL-R85")
def test_a_user_is_current_until_deactivated(caller: Caller) -> None:
    assert caller.status(seed.CARETAKER) == "current"
    caller.world.core.strict = False  # years of opening hours go by
    caller.pass_time(86400 * 1000)
    assert caller.account.status(caller.account.persons[seed.CARETAKER], caller.now) == "current"


@pytest.mark.rule("RL-R86")
def test_a_list_changes_with_time(caller: Caller) -> None:
    guest = caller.guest("2026-01-05T10:00:00", "2026-01-05T12:00:00").data["id"]
    caller.grant_access(guest, "location", seed.QUAY)
    seen = []
    for _ in range(5):
        lists = [caller.get("/access_persons", f"attributes[status]={status}").ids for status in dict.fromkeys(EDGES)]
        seen.append([guest in ids for ids in lists])
        assert (guest in caller.get("/access_persons").ids) is not seen[-1][2]
        caller.pass_time(3600)
        caller.renew()
    upcoming, current, expired = [True, False, False], [False, True, False], [False, False, True]
    assert seen == [upcoming, upcoming, current, current, expired]


@pytest.mark.rule("RL-R87")
def test_without_its_first_location_an_account_has_another_zone(caller: Caller) -> None:
    """Over in Lisbon, not yet in Denver; nobody has any access."""
    for device in caller.get("/devices", "per_page=50").ids:
        caller.account.devices.pop(device)
    for table in (caller.account.accesses, caller.account.doors, caller.account.resort_guests):
        table.clear()
    del caller.account.collections
    guest = caller.guest("2026-02-01T00:00:00", "2026-02-02T00:00:00").data["id"]
    assert caller.delete(f"/locations/{seed.HARBOUR_HOUSE}").status == 204
    caller.until("2026-02-02T03:00:00Z")
    caller.renew()
    assert guest not in caller.get("/access_persons").ids
    assert caller.delete(f"/locations/{seed.QUAY}").status == 204
    assert (caller.status(guest), guest in caller.get("/access_persons").ids) == ("current", True)
