"""GET /n/1/netcode/{id}: parameters and answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.codelocks.seed import ANNEXE, BIKE_SHED, FRONT_GATE, LINEN_ROOM, MAIN_DOOR
from tests.codelocks.caller import Caller

RECORDED = json.loads(Path(__file__).parents[2].joinpath("fixtures/codelocks/observed.json").read_text("utf-8"))["keys"]
WHEN = "2026-01-05 08:00"


@pytest.mark.rule("CL-R30")
@pytest.mark.rule("CL-R135")
@pytest.mark.parametrize("lock", [FRONT_GATE, MAIN_DOOR])
def test_the_answer_has_the_documents_keys_in_its_order(api: Caller, examples: Any, lock: str) -> None:
    shown, sample = api.netcode(lock, WHEN).json, examples["answers"]["/n/1/netcode/{id}"]
    assert list(shown) == list(sample)
    assert list(shown["Startdata"]) == list(sample["Startdata"])
    assert list(shown["Startdata"]["datetime"]) == list(sample["Startdata"]["datetime"])


@pytest.mark.rule("CL-R31")
def test_observed_the_answer_ends_with_lock_id(observed: Caller) -> None:
    kit, k3 = observed.netcode(FRONT_GATE, WHEN).json, observed.netcode(MAIN_DOOR, WHEN).json
    assert list(kit) == list(k3) == RECORDED["/n/1/netcode/{id}"]["keys"]
    assert (kit["Resultstatus"], k3["Resultstatus"], k3["Timecode"]) == (None, None, None)
    assert kit["Timecode"] == "2025/04/07/09:15"


def test_the_code_is_the_seventh_key_in_both_profiles(api: Caller, observed: Caller) -> None:
    for one in (api, observed):
        body = one.netcode(FRONT_GATE, WHEN).body.decode()
        assert re.findall(r'"(\w+)":', body)[6] == "ActualNetcode"


@pytest.mark.rule("CL-R37")
@pytest.mark.rule("CL-R38")
@given(st.sampled_from([0, 1, 8, 23]), st.sampled_from([0, 0, 1, 30, 59]), st.integers(0, 18))
def test_hours_start_on_the_hour_and_days_at_midnight(hour: int, minute: int, duration: int) -> None:
    reply = Caller().netcode(FRONT_GATE, f"2026-01-05 {hour:02}:{minute:02}", duration)
    fits = minute == 0 and (duration < 12 or hour == 0)
    assert reply.status == (200 if fits else 400)


@pytest.mark.rule("CL-R39")
def test_observed_other_starts_are_rounded_down(observed: Caller) -> None:
    hours, days = (
        observed.netcode(FRONT_GATE, "2026-05-26 14:22").json,
        observed.netcode(FRONT_GATE, "2026-05-26 14:22", 12).json,
    )
    assert (hours["Startdate"], days["Startdate"]) == ("2026-05-26T14:00:00", "2026-05-26T00:00:00")
    assert hours["ActualNetcode"] == observed.code(FRONT_GATE, "2026-05-26 14:00")
    assert days["ActualNetcode"] == observed.code(FRONT_GATE, "2026-05-26 00:00", 12)


@pytest.mark.rule("CL-R40")
@pytest.mark.parametrize(
    "start",
    [
        "2026-02-29 08:00", "2026-13-01 08:00", "2026-01-05 24:00", "2026-01-05T08:00", "2026-01-05 08:00:00", "2026-1-5 8:00",
        "1999-12-31 08:00", "2100-01-01 08:00", "05-01-2026 08:00", "2026-01-05", "now", "２026-01-05 08:00", " 2026-01-05 08:00",
    ],
)  # fmt: skip
def test_a_start_of_another_form_or_that_is_not_a_date_is_400(api: Caller, observed: Caller, start: str) -> None:
    for one in (api, observed):
        reply = one.netcode(FRONT_GATE, start)
        assert reply.status == 400
        assert reply.messages == ["[Invalid Data] Start (Expected: yyyy-MM-dd hh:mm, from 2000 to 2099)"]


@pytest.mark.rule("CL-R40")
def test_leap_days_and_the_limits_of_the_century_are_accepted(api: Caller) -> None:
    for start in ("2028-02-29 00:00", "2000-01-01 00:00", "2099-12-31 23:00"):
        assert api.netcode(FRONT_GATE, start, 11).status == 200


@pytest.mark.rule("CL-R15")
@pytest.mark.parametrize(
    "start", ["2026-01-05%2008:00", "2026-01-05+08:00", "2026-01-05+08%3A00", "2026%2D01%2D05%2008%3a00"]
)
def test_start_may_be_encoded_in_several_ways(api: Caller, start: str) -> None:
    target = f"/n/1/netcode/202504070915?start={start}&duration=0&lockmodel=KL1060&identifier=407251"
    assert api.send("GET", target).json["ActualNetcode"] == api.code(FRONT_GATE, WHEN)


@pytest.mark.rule("CL-R41")
@pytest.mark.rule("CL-R131")
def test_only_the_five_models_are_accepted_in_any_case(api: Caller) -> None:
    for model in ("KL1060", "kl1060c2", "Kl1060G3", "KL1550"):
        assert api.netcode(FRONT_GATE, WHEN, lockmodel=model).status == 200
    assert api.netcode(MAIN_DOOR, WHEN, lockmodel="k3connect").json == api.netcode(MAIN_DOOR, WHEN).json
    for model in ("KL1000", "KL1060 ", "K3", "ＫL1060", "KL1060,KL1550"):
        assert api.netcode(FRONT_GATE, WHEN, lockmodel=model).status == 400


@pytest.mark.rule("CL-R43")
@pytest.mark.rule("CL-R128")
def test_every_timecode_that_is_a_date_is_accepted_and_no_other(api: Caller, examples: Any) -> None:
    own = {"start": WHEN, "duration": 0, "lockmodel": "KL1060", "identifier": "407251"}
    assert api.send("GET", examples["requests"]["/n/1/netcode/{id}"]).status == 200
    for timecode, status in {
        "202402291200": 200,
        "202602291200": 400,
        "202613011200": 400,
        "202601012400": 400,
        "20260101120x": 400,
    }.items():
        assert api.get(f"/n/1/netcode/{timecode}", **own).status == status


@pytest.mark.rule("CL-R45")
def test_id_and_model_must_fit_each_other(api: Caller) -> None:
    assert api.netcode(FRONT_GATE, WHEN, lockmodel="K3CONNECT", identifier=api.access).status == 400
    assert api.netcode(MAIN_DOOR, WHEN, lockmodel="KL1060", identifier="407251").status == 400


@pytest.mark.rule("CL-R46")
@pytest.mark.parametrize(
    ("identifier", "status"),
    [
        ("407251", 200),
        ("12345", 200),
        ("000000", 200),
        ("1234", 400),
        ("1234567", 400),
        ("40725x", 400),
        ("４07251", 400),
    ],
)
def test_an_identifier_has_six_or_five_digits(api: Caller, identifier: str, status: int) -> None:
    assert api.netcode(FRONT_GATE, WHEN, identifier=identifier).status == status


@pytest.mark.rule("CL-R47")
@pytest.mark.rule("CL-R48")
@pytest.mark.rule("CL-R50")
def test_a_k3connect_lock_needs_the_present_access_key_and_its_codes_stay(api: Caller) -> None:
    old, before = api.access, api.code(MAIN_DOOR, WHEN)
    api.access = api.site.support("access_key")["access_key"]
    assert api.access != old
    assert api.netcode(MAIN_DOOR, WHEN, identifier=old).status == 400
    assert api.code(MAIN_DOOR, WHEN) == before
    assert api.opens(MAIN_DOOR, before)


@pytest.mark.rule("CL-R136")
def test_the_parameter_identifer_is_ignored(api: Caller) -> None:
    query = {"start": WHEN, "duration": 0, "lockmodel": "K3CONNECT", "identifer": api.access}
    reply = api.get(f"/n/1/netcode/{MAIN_DOOR}", **query)
    assert (reply.status, reply.messages) == (404, ["[Missing Parameter] identifier"])


@pytest.mark.rule("CL-R51")
@pytest.mark.rule("CL-R52")
@pytest.mark.rule("CL-R57")
@pytest.mark.parametrize(
    ("duration", "hours", "days", "expires"),
    [
        (0, 1, 0, "2026-02-28T01:00:00"), (11, 12, 0, "2026-02-28T12:00:00"), (12, 0, 1, "2026-03-01T00:00:00"),
        (18, 0, 7, "2026-03-07T00:00:00"), (37, 0, 120, "2026-06-28T00:00:00"),
    ],
)  # fmt: skip
def test_the_answer_has_start_end_and_duration(api: Caller, duration: int, hours: int, days: int, expires: str) -> None:
    shown = api.netcode(FRONT_GATE, "2026-02-28 00:00", duration).json
    assert (shown["DurationHours"], shown["DurationDays"]) == (hours, days)
    assert (shown["Startdate"], shown["Expires"]) == ("2026-02-28T00:00:00", expires)


@pytest.mark.rule("CL-R53")
@pytest.mark.parametrize(
    ("lock", "zone"), [(FRONT_GATE, "UTC"), (MAIN_DOOR, "Europe/London"), (ANNEXE, "America/New_York")]
)
def test_startdata_is_the_start_in_several_forms(api: Caller, lock: str, zone: str) -> None:
    assert api.netcode(lock, "2020-10-01 16:00", 4).json["Startdata"] == {
        "datetime": {"date": "2020-10-01 16:00:00.000000", "timezone_type": "3", "timezone": zone},
        "original": "2020-10-01 16:00",
        "date_ymd": "2020-10-01",
        "date_dmy": "01-10-2020",
        "date_mdy": "10-01-2020",
        "time_his": "16:00:00",
        "time_hi": "16:00",
        "time_h": "16",
        "timezone": zone,
    }


@pytest.mark.rule("CL-R54")
@pytest.mark.rule("CL-R55")
@pytest.mark.rule("CL-R56")
def test_timecode_result_and_lock_id(api: Caller) -> None:
    kit, k3 = api.netcode(FRONT_GATE, WHEN).json, api.netcode(MAIN_DOOR, WHEN).json
    assert (kit["Timecode"], kit["LockId"]) == ("2025/04/07/09:15", "202504070915")
    assert (k3["Timecode"], k3["LockId"]) == ("", MAIN_DOOR)
    assert kit["Resultstatus"] == k3["Resultstatus"] == "Success"


@pytest.mark.rule("CL-R58")
@pytest.mark.rule("CL-R129")
def test_a_request_changes_no_lock(api: Caller) -> None:
    """A code from another world opens too."""
    elsewhere = Caller(seed=99)
    before = [lock.state for lock in api.site.hardware.kind("kitlock")]
    assert api.opens(FRONT_GATE, elsewhere.code(FRONT_GATE, WHEN))
    codes = [api.code(lock, WHEN) for lock in (FRONT_GATE, BIKE_SHED, LINEN_ROOM)]
    assert [lock.state for lock in api.site.hardware.kind("kitlock")] == before
    assert all(api.opens(lock, code) for lock, code in zip((FRONT_GATE, BIKE_SHED, LINEN_ROOM), codes, strict=True))
