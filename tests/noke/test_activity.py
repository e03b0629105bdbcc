"""/activity/: what happened, when, and by whose credential, as far as a server can know it."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.engine.errors import Impossible
from locksim.noke.seed import ALICES_FOB, SIDE_DOOR, TRAILER, UNIT_12, YARD
from locksim.noke.state import ACTIONS
from tests.noke.caller import Caller


@pytest.mark.rule("NO-R108")
@pytest.mark.rule("NO-R131")
@pytest.mark.rule("NO-R95")
def test_an_online_unlock_has_an_exact_time_and_is_recorded_when_the_phone_got_it(
    company: Caller, examples: Any
) -> None:
    session = company.wake(YARD)
    made = company.iso
    commands = company.command(YARD, session=session, tracking_key="bob")
    company.pass_time(7)
    recorded = company.iso
    contact = company.deliver(YARD, commands)
    company.pass_time(3600)
    company.upload(contact)
    (line,) = company.activity()
    assert list(line) == examples["objects"]["activity"]
    assert line == {"lock_mac": YARD, "action": "unlocked", "recorded_time": recorded, "range_date_start": made,
                    "range_date_end": made, "tracking_key": "bob"}  # fmt: skip


@pytest.mark.rule("NO-R109")
@pytest.mark.rule("NO-R96")
def test_an_offline_unlock_lies_between_the_contact_before_it_and_the_response_that_reported_it(
    company: Caller,
) -> None:
    key = company.issue_key(YARD, "alice")
    company.issue_click(YARD, "000")
    before = company.iso
    company.unlock(YARD)
    company.pass_time(500)
    company.click(YARD, "000")
    company.pass_time(500)
    contact = company.unlock_offline(YARD, key)
    reported = company.iso
    company.pass_time(5000)
    company.upload(contact)
    ranges = {(line["action"], line["tracking_key"]): (line["range_date_start"], line["range_date_end"], line["recorded_time"])
              for line in company.activity() if line["range_date_start"] != line["range_date_end"]}  # fmt: skip
    assert ranges[("unlocked_via_quick_click", "")] == ranges[("unlocked", "alice")] == (before, reported, reported)


@pytest.mark.rule("NO-R109")
def test_a_contact_whose_upload_was_lost_still_bounds_what_came_after_it(company: Caller) -> None:
    company.issue_click(YARD, "000")
    company.unlock(YARD)
    company.pass_time(100)
    lost = company.iso
    company.approach(YARD)
    company.pass_time(100)
    company.click(YARD, "000")
    company.pass_time(100)
    company.unlock(YARD)
    click = next(line for line in company.activity() if line["action"] == "unlocked_via_quick_click")
    assert (click["range_date_start"], click["range_date_end"]) == (lost, company.iso)


@pytest.mark.rule("NO-R109")
def test_what_happened_between_a_contact_and_its_upload_is_not_dated_behind_the_upload(company: Caller) -> None:
    company.issue_click(YARD, "000")
    company.unlock(YARD)
    company.pass_time(100)
    contact, made = company.approach(YARD), company.iso
    company.pass_time(100)
    company.click(YARD, "000")
    company.pass_time(100)
    company.upload(contact)
    company.pass_time(100)
    company.unlock(YARD)
    click = next(line for line in company.activity() if line["action"] == "unlocked_via_quick_click")
    assert (click["range_date_start"], click["range_date_end"]) == (made, company.iso)


@pytest.mark.rule("NO-R109")
@pytest.mark.parametrize("received", [0, 1_700_000_000, 4_000_000_000])
def test_a_phones_wrong_clock_makes_no_wrong_range(company: Caller, received: int) -> None:
    company.issue_click(YARD, "000")
    start = company.iso
    company.unlock(YARD)
    company.pass_time(100)
    company.click(YARD, "000")
    company.pass_time(100)
    log = company.approach(YARD).log | {"received_time": received}
    company.pass_time(100)
    assert company.post("/upload/", {"logs": [log]}).code == 0
    click = next(line for line in company.activity() if line["action"] == "unlocked_via_quick_click")
    assert (click["range_date_start"], click["range_date_end"]) == (start, company.iso)
    assert click["recorded_time"][:4] == {0: "1970", 1_700_000_000: "2023", 4_000_000_000: "2096"}[received]


@pytest.mark.rule("NO-R97")
def test_quiet_actions_are_left_out_unless_asked_for(company: Caller) -> None:
    company.device(YARD).notice(what="proximity_stats")
    company.wake(YARD)
    company.device(YARD).sleep()
    company.unlock(YARD)
    assert [line["action"] for line in company.activity()] == ["unlocked"]
    quiet = [line["action"] for line in company.activity(actions=["button_touched", "wake_stats", "proximity_stats"])]
    assert quiet == ["proximity_stats", "button_touched", "wake_stats", "button_touched"]


@pytest.mark.rule("NO-R98")
def test_filters_that_are_given_must_all_fit(company: Caller) -> None:
    times = []
    for mac, name in ((YARD, "a"), (UNIT_12, "b"), (YARD, "b")):
        times.append(company.iso)
        company.unlock(mac, tracking_key=name)
        company.pass_time(60)

    def found(**filters: Any) -> str:
        unlocked = [line for line in company.activity(**filters) if line["action"] == "unlocked"]
        return "".join(str(times.index(line["recorded_time"])) for line in unlocked)

    assert found() == found(lock_macs=[], actions=[]) == "012"
    assert found(lock_macs=[YARD]) == "02"
    assert found(tracking_keys=["b", "c"]) == "12"
    assert found(lock_macs=[YARD], tracking_keys=["b"]) == "2"
    assert found(before=times[1]) == "01"
    assert found(after=times[1]) == "12"
    assert found(after=times[1], before=times[1]) == "1"
    assert found(actions=["unlocked"], lock_macs=["none"]) == ""


@pytest.mark.rule("NO-R98")
@pytest.mark.parametrize(
    "time", ["", "2018-05-23", "2018-05-23T20:08:34", "2018-05-23T20:08:34+00:00", "2018-13-45T00:00:00Z", 7]
)
@pytest.mark.parametrize("name", ["before", "after"])
def test_an_invalid_time_is_refused(company: Caller, name: str, time: Any) -> None:
    assert company.post("/activity/", {name: time}).code == 3


@pytest.mark.rule("NO-R99")
def test_an_unknown_action_fits_nothing(company: Caller) -> None:
    company.unlock(YARD)
    assert company.activity(actions=["unlock", "alarm_triggered"]) == []


@pytest.mark.rule("NO-R100")
def test_lines_are_sorted_by_recorded_time_and_the_oldest_are_dropped(company: Caller) -> None:
    late = company.approach(UNIT_12)
    company.pass_time(100)
    company.unlock(YARD)
    company.upload(late)
    assert [line["lock_mac"] for line in company.activity()] == [UNIT_12, YARD]
    for _ in range(6):
        for _ in range(190):
            company.device(YARD).notice()
        company.unlock(YARD)
    lines = company.activity(actions=list(ACTIONS))
    assert len(lines) == 1000
    assert [line["recorded_time"] for line in lines] == sorted(line["recorded_time"] for line in lines)
    assert UNIT_12 not in {line["lock_mac"] for line in lines}


@pytest.mark.rule("NO-R101")
def test_all_twelve_actions_occur(company: Caller, examples: Any) -> None:
    assert list(ACTIONS) == examples["actions"]
    company.issue_click(TRAILER, "000")
    company.unlock(TRAILER)
    company.click(TRAILER, "000")
    company.click(TRAILER, "111")
    company.pass_time(60)
    company.unlock(TRAILER, "/unshackle/")
    company.device(TRAILER).shackle(to="out")
    company.device(TRAILER).battery(replaced=True)
    company.device(TRAILER).shackle(to="in")
    for what in ("alarm_triggered", "proximity_stats", "unknown"):
        company.device(TRAILER).notice(what=what)
    company.unlock(TRAILER)
    company.device(SIDE_DOOR).notice(what="unlock_via_access_code")
    company.unlock(SIDE_DOOR)
    assert {line["action"] for line in company.activity(actions=list(ACTIONS))} == set(ACTIONS)
    with pytest.raises(Impossible, match="has no keypad"):
        company.device(YARD).notice(what="unlock_via_access_code")


@pytest.mark.rule("NO-R102")
def test_a_line_has_the_tracking_key_of_the_unlock_or_of_the_key(company: Caller) -> None:
    key = company.issue_key(YARD, "phone")
    company.issue_to_fob(ALICES_FOB, YARD, "fob")
    company.sync(ALICES_FOB)
    company.unlock(YARD, tracking_key="online")
    company.unlock_offline(YARD, key)
    company.touch(ALICES_FOB, YARD)
    company.pass_time(60)
    company.revoke_key(YARD, "phone")
    company.unlock(YARD)
    company.issue_key(YARD, "another")
    lines = [(line["action"], line["tracking_key"]) for line in company.activity()]
    assert lines == [
        ("unlocked", "online"),
        ("unlocked", "phone"),
        ("unlocked", "fob"),
        ("locked", ""),
        ("unlocked", ""),
    ]


@pytest.mark.rule("NO-R102")
def test_an_unlock_with_an_old_key_keeps_its_tracking_key_after_the_place_has_a_new_holder(company: Caller) -> None:
    key = company.issue_key(YARD, "first")
    company.unlock(YARD)
    late = company.unlock_offline(YARD, key)
    company.revoke_key(YARD, "first")
    company.unlock(YARD)
    company.issue_key(YARD, "second")
    assert len(company.record(YARD).places) == 1
    company.upload(late)
    company.unlock(YARD)
    assert [line["tracking_key"] for line in company.activity()] == ["", "first", "", ""]


@pytest.mark.rule("NO-R103")
def test_a_lock_remembers_200_events_until_the_server_has_them(company: Caller) -> None:
    for _ in range(250):
        company.device(YARD).notice()
    company.approach(YARD)
    company.approach(YARD)
    assert len(company.body(YARD).events) == 200
    company.unlock(YARD)
    assert len(company.activity(actions=["alarm_triggered"])) == 200 - 6
    company.unlock(YARD)
    assert len(company.body(YARD).events) == 2
