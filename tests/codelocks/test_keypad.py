"""Keypads check codes by the lock's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.codelocks.durations import DURATIONS
from locksim.codelocks.seed import ANNEXE, BIKE_SHED, BOAT_HOUSE, FRONT_GATE, LINEN_ROOM, MAIN_DOOR, OWN_MASTER
from locksim.engine.errors import Impossible
from tests.codelocks.caller import Caller, start_text

ZONES = {FRONT_GATE: "UTC", BIKE_SHED: "UTC", LINEN_ROOM: "UTC", MAIN_DOOR: "Europe/London", ANNEXE: "America/New_York"}
WHEN = "2026-01-05 08:00"
SECOND = timedelta(seconds=1)


@pytest.mark.rule("CL-R60")
@pytest.mark.rule("CL-R69")
@given(
    lock=st.sampled_from(list(ZONES)),
    duration=st.sampled_from([d.id for d in DURATIONS]),
    day=st.integers(0, 700),
    hour=st.integers(0, 23),
)
def test_a_code_opens_within_its_period_and_not_a_minute_before_or_after(
    lock: str, duration: int, day: int, hour: int
) -> None:
    """The code comes from the API. The test covers every lock and every season."""
    chosen = next(d for d in DURATIONS if d.id == duration)
    if duration == 37 and lock in (MAIN_DOOR, ANNEXE):
        return
    zone = ZoneInfo(ZONES[lock])
    start = datetime(2026, 1, 8, tzinfo=zone) + timedelta(days=day, hours=0 if chosen.days else hour)
    end = start + timedelta(days=chosen.days, hours=chosen.hours)
    begins, ends = start.astimezone(UTC), end.astimezone(UTC)
    if (ends - begins) != timedelta(days=chosen.days, hours=chosen.hours) and ZONES[lock] != "UTC":
        return  # the clock changes within the period: see test_summer_time_…
    if start.astimezone(UTC).astimezone(zone).hour != start.hour or start.fold or end.fold:
        return
    api = Caller()
    code = api.code(lock, f"{start:%Y-%m-%d %H:%M}", duration)
    for when, opens in ((begins - MINUTE, False), (begins, True), (ends - MINUTE, True), (ends, False)):
        api.advance_to(f"{when:%Y-%m-%d %H:%M:%S}")
        assert api.opens(lock, code) is opens, f"{when} is {'within' if opens else 'outside'}"


MINUTE = timedelta(minutes=1)


@pytest.mark.rule("CL-R33")
def test_the_codes_of_all_present_periods_open(api: Caller) -> None:
    starts = [
        (WHEN, 0),
        (WHEN, 5),
        ("2026-01-05 03:00", 7),
        ("2026-01-05 00:00", 12),
        ("2026-01-02 00:00", 16),
        ("2025-12-01 00:00", 37),
    ]
    codes = [api.code(FRONT_GATE, start, duration) for start, duration in starts]
    assert len(set(codes)) == len(codes)
    assert all(api.opens(FRONT_GATE, code) for code in codes)
    assert all(api.opens(FRONT_GATE, code) for code in codes), "a NetCode opens as often as it is typed"


@pytest.mark.rule("CL-R61")
def test_new_batteries_stop_the_clock_and_keep_the_initialisation(api: Caller) -> None:
    gate, code = api.device(FRONT_GATE), api.code(FRONT_GATE, WHEN)
    timecode = gate.state["timecode"]
    gate.replace_batteries()
    assert gate.enter_netcode(code=code) == {"opened": False, "reason": "clock_not_set"}
    assert gate.enter_master()["opened"]
    with pytest.raises(Impossible, match="has stopped"):
        gate.drift()
    gate.set_clock()
    assert gate.enter_netcode(code=code) == {"opened": True, "reason": "netcode"}
    assert gate.state["timecode"] == timecode


@pytest.mark.rule("CL-R62")
def test_a_sequence_that_is_typed_late_sets_the_clock_late(api: Caller) -> None:
    boat = api.device(BOAT_HOUSE)
    sequence = api.get("/u/1/init", lockmodel="KL1550").json["InitSeq"]
    api.advance_to("2026-01-05 08:30:00")
    boat.initialise(sequence=sequence)
    code = api.code(BOAT_HOUSE, "2026-01-05 09:00")
    api.advance_to("2026-01-05 09:29:59")
    assert not api.opens(BOAT_HOUSE, code)
    api.advance_to("2026-01-05 09:30:00")
    assert api.opens(BOAT_HOUSE, code)


@pytest.mark.rule("CL-R63")
@given(st.integers(0, 59), st.sampled_from(["KL1060", "KL1060C2", "KL1550"]), st.booleans())
def test_a_sequence_that_is_typed_at_once_sets_the_clock_exactly(second: int, model: str, random: bool) -> None:
    api = Caller()
    api.advance_to(f"2026-01-05 08:17:{second:02}")
    lock = {"KL1060": FRONT_GATE, "KL1060C2": BIKE_SHED, "KL1550": BOAT_HOUSE}[model]
    master = OWN_MASTER if lock == BIKE_SHED else None
    answer = api.get("/u/1/init", lockmodel=model, mastercode=master, randomid=str(random).lower()).json
    done = api.device(lock).initialise(sequence=answer["InitSeq"])
    assert (done["initialised"], done["timecode"]) == (True, answer["TimeCode"])
    assert api.device(lock).state["drift"] == 0
    assert api.opens(lock, api.code(lock, WHEN))


@pytest.mark.rule("CL-R64")
def test_a_new_initialisation_ends_all_codes_of_the_old_one(api: Caller) -> None:
    code, gate = api.code(FRONT_GATE, WHEN), api.device(FRONT_GATE)
    gate.initialise(sequence=api.get("/u/1/init", mastercode="12345678").json["InitSeq"])
    assert gate.enter_netcode(code=code) == {"opened": False, "reason": "not_valid_now"}
    assert api.opens(FRONT_GATE, api.code(FRONT_GATE, WHEN))


@pytest.mark.rule("CL-R126")
@pytest.mark.parametrize(("lock", "model"), [(FRONT_GATE, "KL1060"), (BIKE_SHED, "KL1060C2"), (BOAT_HOUSE, "KL1550")])
def test_a_sequence_with_another_master_code_changes_nothing(api: Caller, lock: str, model: str) -> None:
    wrong = "12345678" if lock == BIKE_SHED else OWN_MASTER
    device, before = api.device(lock), api.device(lock).state
    sequence = api.get("/u/1/init", lockmodel=model, mastercode=wrong).json["InitSeq"]
    assert device.initialise(sequence=sequence)["initialised"] is False
    assert device.state == before
    assert (device.enter_master(code=wrong)["opened"], device.enter_master()["opened"]) == (False, True)


@pytest.mark.rule("CL-R126")
def test_a_lock_with_its_own_master_code_needs_it_in_the_sequence(api: Caller) -> None:
    shed = api.device(BIKE_SHED)
    without = api.get("/u/1/init", lockmodel="KL1060C2").json["InitSeq"]
    assert shed.initialise(sequence=without)["initialised"] is False
    sequence = api.get("/u/1/init", lockmodel="KL1060C2", mastercode=OWN_MASTER).json["InitSeq"]
    assert shed.initialise(sequence=sequence)["initialised"] is True


@pytest.mark.rule("CL-R65")
@pytest.mark.parametrize(
    "sequence",
    [
        "",
        "#",
        "12345678",
        "#12345678#99#2601050800#407#251#",
        "#12345678#99#2602300800#407251#",
        "#1234567#99#2601050800#407251#",
        "#12345678#98#2601050800#407251#",
    ],
)
def test_a_sequence_of_another_form_changes_nothing(api: Caller, sequence: str) -> None:
    gate = api.device(FRONT_GATE)
    before = gate.state
    assert gate.initialise(sequence=sequence)["initialised"] is False
    assert gate.state == before


@pytest.mark.rule("CL-R66")
def test_wrong_codes_do_not_lock_the_keypad(api: Caller) -> None:
    code = api.code(FRONT_GATE, WHEN)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert [api.opens(FRONT_GATE, wrong) for _ in range(20)] == [False] * 20
    assert api.opens(FRONT_GATE, code)


@pytest.mark.rule("CL-R67")
@pytest.mark.parametrize("month", ["01", "07"])
def test_a_kitlock_is_on_utc_also_in_summer(api: Caller, month: str) -> None:
    api.advance_to(f"2026-{month}-15 12:00:00")
    assert api.opens(FRONT_GATE, api.code(FRONT_GATE, f"2026-{month}-15 12:00"))
    assert not api.opens(FRONT_GATE, api.code(FRONT_GATE, f"2026-{month}-15 13:00"))


@pytest.mark.rule("CL-R68")
@given(st.integers(-7200, 7200))
def test_a_clock_that_drifts_moves_the_periods(seconds: int) -> None:
    api = Caller()
    api.device(FRONT_GATE).drift(seconds=seconds)
    api.advance_to("2026-01-05 16:00:00")
    wall = api.now + seconds * 1_000_000
    hour = start_text(wall)[:13] + ":00"
    assert api.opens(FRONT_GATE, api.code(FRONT_GATE, hour))
    if seconds // 3600:
        assert not api.opens(FRONT_GATE, api.code(FRONT_GATE, "2026-01-05 16:00"))


@pytest.mark.rule("CL-R69")
def test_summer_time_applies_to_k3connect_locks_and_not_to_kitlocks(api: Caller) -> None:
    """In London the clocks go forward at 01:00 UTC on 29 March, and back at 01:00 UTC on 25 October."""
    spring, autumn = api.code(MAIN_DOOR, "2026-03-29 02:00"), api.code(MAIN_DOOR, "2026-10-25 01:00")
    kit = api.code(FRONT_GATE, "2026-03-29 02:00")
    for when, k3, front in (("00:59:59", False, False), ("01:00:00", True, False), ("02:00:00", False, True)):
        api.advance_to(f"2026-03-29 {when}")
        assert (api.opens(MAIN_DOOR, spring), api.opens(FRONT_GATE, kit)) == (k3, front)
    api.advance_to("2026-10-25 00:30:00")
    assert api.opens(MAIN_DOOR, autumn), "the first of two hours from one to two"
    api.advance_to("2026-10-25 01:30:00")
    assert api.opens(MAIN_DOOR, autumn), "the second of the two hours"
    api.advance_to("2026-10-25 02:00:00")
    assert not api.opens(MAIN_DOOR, autumn)


@pytest.mark.rule("CL-R145")
@pytest.mark.parametrize("lock", [FRONT_GATE, BIKE_SHED, LINEN_ROOM])
@pytest.mark.parametrize("duration", [0, 12, 37])
def test_observed_a_kitlock_opens_for_twenty_minutes_after_the_end(
    api: Caller, observed: Caller, lock: str, duration: int
) -> None:
    chosen = next(d for d in DURATIONS if d.id == duration)
    start = datetime(2026, 2, 1, tzinfo=UTC)
    end = start + timedelta(hours=chosen.hours, days=chosen.days)
    code = api.code(lock, f"{start:%Y-%m-%d %H:%M}", duration)
    for after, opens in ((timedelta(0), True), (timedelta(minutes=20) - SECOND, True), (timedelta(minutes=20), False)):
        for caller, expected in ((api, False), (observed, opens)):
            caller.advance_to(f"{end + after:%Y-%m-%d %H:%M:%S}")
            assert caller.opens(lock, code) is expected


@pytest.mark.rule("CL-R145")
def test_observed_there_is_no_grace_before_the_start_and_none_at_a_k3connect_lock(observed: Caller) -> None:
    early, k3 = observed.code(FRONT_GATE, "2026-01-05 09:00"), observed.code(MAIN_DOOR, "2026-01-05 08:00")
    observed.advance_to("2026-01-05 08:59:59")
    assert not observed.opens(FRONT_GATE, early)
    observed.advance_to("2026-01-05 09:00:00")
    assert (observed.opens(FRONT_GATE, early), observed.opens(MAIN_DOOR, k3)) == (True, False)


@pytest.mark.rule("CL-R68")
def test_a_clock_can_be_set_late_by_hand(api: Caller) -> None:
    code = api.code(FRONT_GATE, "2026-01-05 09:00")
    assert api.device(FRONT_GATE).set_clock(late=90.5) == {"clock": "2026-01-05T07:58:29.500000Z"}
    for when, opens in (("09:01:30", False), ("09:01:31", True), ("10:01:30", True), ("10:01:31", False)):
        api.advance_to(f"2026-01-05 {when}")
        assert api.opens(FRONT_GATE, code) is opens


def test_a_lock_without_initialisation_opens_only_for_its_master_code(api: Caller) -> None:
    boat = api.device(BOAT_HOUSE)
    assert boat.enter_netcode(code="123456") == {"opened": False, "reason": "not_initialised"}
    assert boat.enter_master() == {"opened": True, "reason": "master_code"}
    assert (boat.state["initialised"], boat.state["clock"]) == (False, None)


def test_initialise_without_a_sequence_uses_one_of_now(api: Caller) -> None:
    api.advance_to("2026-01-05 09:07:31")
    done = api.device(BOAT_HOUSE).initialise()
    assert done == {"initialised": True, "timecode": "202601050907", "identifier": "123456"}
    assert api.opens(BOAT_HOUSE, api.code(BOAT_HOUSE, "2026-01-05 09:00"))
