"""Quick clicks: codes, uses, limits, and the answers of each API version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.engine.errors import Impossible, Refused
from locksim.noke.seed import GATE, SIDE_DOOR, UNIT_12, YARD
from tests.noke.caller import Caller

MIXED = {"mac": YARD, "quick_clicks": [{"code": "00000", "uses": 30}, {"code": "10001", "uses": 256}]}


@pytest.mark.rule("NO-R68")
@given(code=st.text("01", min_size=3, max_size=24))
@settings(deadline=None)
def test_a_code_opens_with_its_leading_zeros(code: str) -> None:
    company = COMPANY.fork()
    assert company.issue_click(YARD, code).data[0]["quick_clicks"][0]["code"] == code
    company.unlock(YARD)
    assert company.click(YARD, code)
    if len(code) < 24:
        assert not company.click(YARD, "0" + code)
        assert not company.click(YARD, code + "0")


COMPANY = Caller()


@pytest.mark.rule("NO-R68")
@pytest.mark.parametrize("code", ["", "00", "0" * 25, "012", "٠٠٠", "000\n", " 000"])
def test_an_invalid_code_is_refused(company: Caller, code: str) -> None:
    assert company.issue_click(YARD, code).code == 3
    if code and not code.strip("01"):
        assert not company.click(YARD, code)
    else:
        with pytest.raises(Refused, match="0 for a short one"):
            company.click(YARD, code)


def test_a_lock_without_a_button_takes_no_presses(company: Caller) -> None:
    with pytest.raises(Impossible, match="has no button"):
        company.click(SIDE_DOOR, "000")


@pytest.mark.rule("NO-R69")
@pytest.mark.parametrize("uses", [1, 2, 254, 255])
def test_uses_count_down_and_255_is_unlimited(company: Caller, uses: int) -> None:
    company.issue_click(YARD, "101", uses)
    company.unlock(YARD)
    opened = [company.click(YARD, "101") for _ in range(257)]
    assert opened.count(True) == (257 if uses == 255 else uses)
    assert opened == sorted(opened, reverse=True)


@pytest.mark.rule("NO-R69")
@pytest.mark.parametrize(
    ("uses", "message"), [(0, "less than 1"), (-1, "less than 1"), (256, "greater than 255"), (1.5, "whole"), ("1", "whole"),
     (True, "whole"),
     (None, "whole")]
)  # fmt: skip
def test_other_uses_are_refused(company: Caller, uses: Any, message: str) -> None:
    reply = company.issue_click(YARD, "101", uses)
    assert reply.code == 3
    assert message in reply.json["message"]


@pytest.mark.rule("NO-R71")
def test_issuing_a_code_again_gives_it_new_uses(company: Caller) -> None:
    company.issue_click(YARD, "101", 2)
    company.unlock(YARD)
    company.click(YARD, "101")
    company.issue_click(YARD, "101", 7)
    assert list(company.clicks(YARD)) == ["101"]
    assert company.clicks(YARD)["101"] == {"code": "101", "pending": True, "revoked": False, "uses": 7, "start_uses": 7}
    assert company.device(YARD).state["quick_clicks"] == {"101": 1}
    company.unlock(YARD)
    assert company.device(YARD).state["quick_clicks"] == {"101": 7}
    assert company.clicks(YARD)["101"]["uses"] == 7


@pytest.mark.rule("NO-R113")
@pytest.mark.parametrize(("version", "result"), [("0.1.0", "failure"), ("1.0.0", "success")])
def test_a_code_that_comes_twice_in_a_request_is_an_error_of_the_second_item(
    company: Caller, version: str, result: str
) -> None:
    clicks = [{"code": "101", "uses": 3}, {"code": "111", "uses": 4}, {"code": "101", "uses": 5}]
    answer = company.post("/qc/issue/", {"mac": YARD, "quick_clicks": clicks, "api_version": version}).json
    assert answer["result"] == result
    assert [(one["code"], one["uses"]) for one in answer["data"][0]["quick_clicks"]] == [("101", 3), ("111", 4)]
    assert company.clicks(YARD)["101"]["uses"] == 3


@pytest.mark.rule("NO-R117")
def test_a_code_that_was_revoked_before_any_command_carried_it_is_blocked_all_the_same(company: Caller) -> None:
    company.issue_click(YARD, "101")
    company.revoke_click(YARD, "101")
    assert company.issue_click(YARD, "101").code == 3
    company.unlock(YARD)
    assert company.issue_click(YARD, "101").code == 0


@pytest.mark.rule("NO-R127")
@pytest.mark.rule("NO-R72")
def test_a_revoked_code_is_free_when_it_is_gone_from_the_lock(company: Caller) -> None:
    company.issue_click(YARD, "101")
    company.unlock(YARD)
    company.revoke_click(YARD, "101")
    assert company.issue_click(YARD, "101").code == 3
    assert company.click(YARD, "101")
    contact = company.approach(YARD)
    assert not company.click(YARD, "101")
    assert company.issue_click(YARD, "101").code == 3
    company.upload(contact)
    assert company.issue_click(YARD, "101").code == 0


@pytest.mark.rule("NO-R127")
@pytest.mark.rule("NO-R73")
def test_a_lock_holds_100_codes_revoked_ones_included(company: Caller) -> None:
    codes = [format(number, "08b") for number in range(100)]
    body = {"mac": YARD, "quick_clicks": [{"code": code, "uses": 1} for code in codes]}
    assert company.post("/qc/issue/", body).code == 0
    assert company.issue_click(YARD, "111").code == 3
    assert company.issue_click(YARD, codes[0], 2).code == 0
    company.unlock(YARD)
    company.revoke_click(YARD, codes[0])
    assert company.issue_click(YARD, "111").code == 3
    company.unlock(YARD)
    assert company.issue_click(YARD, "111").code == 0
    assert company.issue_click(UNIT_12, codes[0]).code == 0


@pytest.mark.rule("NO-R74")
def test_the_server_learns_of_uses_only_by_upload(company: Caller) -> None:
    company.issue_click(YARD, "101", 5)
    company.unlock(YARD)
    company.click(YARD, "101")
    assert company.clicks(YARD)["101"]["uses"] == 5
    contact = company.approach(YARD)
    assert company.clicks(YARD)["101"]["uses"] == 5
    company.upload(contact)
    assert company.clicks(YARD)["101"] == {
        "code": "101",
        "pending": False,
        "revoked": False,
        "uses": 4,
        "start_uses": 5,
    }


@pytest.mark.rule("NO-R74")
def test_an_old_report_does_not_overwrite_new_uses(company: Caller) -> None:
    company.issue_click(YARD, "101", 5)
    company.unlock(YARD)
    company.click(YARD, "101")
    contact = company.approach(YARD)
    company.issue_click(YARD, "101", 9)
    company.upload(contact)
    assert company.clicks(YARD)["101"]["uses"] == 9


@pytest.mark.rule("NO-R135")
@pytest.mark.rule("NO-R75")
def test_revoke_answers_as_issue_with_revoked_in_addition(company: Caller, examples: Any) -> None:
    issued = company.issue_click(YARD, "101", 5).data
    assert list(issued[0]["quick_clicks"][0]) == examples["objects"]["issued quick click"]
    revoked = company.revoke_click(YARD, "101").data
    assert revoked == company.revoke_click(YARD, "101").data == [{"mac": YARD, "quick_clicks": [
        {"code": "101", "pending": False, "revoked": True, "uses": 5, "start_uses": 5}]}]  # fmt: skip
    assert company.revoke_click(YARD, "111").code == 3
    assert company.revoke_click(GATE, "101").code == 7


@pytest.mark.rule("NO-R76")
def test_display_shows_those_asked_for_or_all_and_fails_as_a_whole(company: Caller, examples: Any) -> None:
    company.issue_click(YARD, "101", 5)
    company.issue_click(UNIT_12, "010", 6)
    everything = company.post("/qc/display/").data
    assert [lock["mac"] for lock in everything] == [YARD, UNIT_12]
    assert list(everything[0]["quick_clicks"][0]) == examples["objects"]["displayed quick click"]
    assert company.post("/qc/display/", {"macs": [UNIT_12, SIDE_DOOR]}).data == [
        everything[1], {"mac": SIDE_DOOR, "quick_clicks": []}]  # fmt: skip
    assert company.post("/qc/display/", {"macs": [YARD, GATE]}).code == 7


@pytest.mark.rule("NO-R77")
def test_the_deprecated_call_does_all_three_and_displays(company: Caller) -> None:
    company.issue_click(UNIT_12, "111")
    new = [{"code": "101", "uses": 1}]
    body: dict[str, Any] = {
        "issue": [{"mac": YARD, "quick_clicks": new}, {"mac": GATE, "quick_clicks": new}],
        "revoke": [{"mac": UNIT_12, "quick_clicks": [{"code": "111"}]}],
    }
    answer = company.post("/qc/", body | {"api_version": "1.0.0"}).json
    assert (answer["result"], answer["request"]) == ("success", "qc")
    assert {lock["mac"]: lock["quick_clicks"][0]["revoked"] for lock in answer["data"]} == {YARD: False, UNIT_12: True}
    assert [(error["mac"], error["code"], error["action"]) for error in answer["error_details"]] == [
        (GATE, "101", "issue")
    ]
    assert [lock["mac"] for lock in company.post("/qc/", {"display": {"macs": [YARD]}}).data] == [YARD]
    assert [lock["mac"] for lock in company.post("/qc/", {}).data] == [YARD, UNIT_12]
    answer = company.post("/qc/", body).json
    assert (answer["result"], answer["error_code"], answer["error_details"], len(answer["data"])) == (
        "failure",
        7,
        None,
        2,
    )


@pytest.mark.rule("NO-R78")
def test_0_1_0_answers_a_mixed_result_as_a_failure_with_what_was_done(company: Caller) -> None:
    answer = company.post("/qc/issue/", MIXED).json
    assert answer == company.fork().post("/qc/issue/", MIXED | {"api_version": "0.1.0"}).json
    assert (answer["result"], answer["error_code"], answer["error_details"]) == ("failure", 3, None)
    assert [click["code"] for click in answer["data"][0]["quick_clicks"]] == ["00000"]
    assert list(company.clicks(YARD)) == ["00000"]


@pytest.mark.rule("NO-R79")
def test_1_0_0_lists_each_error(company: Caller, examples: Any) -> None:
    answer = company.post("/qc/issue/", MIXED | {"api_version": "1.0.0"}).json
    assert (answer["result"], answer["error_code"]) == ("success", 0)
    (error,) = answer["error_details"]
    assert list(error) == examples["objects"]["quick click error"]
    assert error == {"mac": YARD, "code": "10001", "msg": "use count can't be greater than 255", "action": "issue"}
    assert [click["code"] for click in answer["data"][0]["quick_clicks"]] == ["00000"]
    assert company.issue_click(YARD, "000", api_version="1.0.0").json["error_details"] is None


@pytest.mark.rule("NO-R79")
def test_1_0_0_answers_a_failure_when_nothing_was_done(company: Caller) -> None:
    answer = company.issue_click(YARD, "2", api_version="1.0.0").json
    assert (answer["result"], answer["error_code"], answer["data"]) == ("failure", 3, [])
    assert answer["message"] == answer["error_details"][0]["msg"]


@pytest.mark.rule("NO-R80")
def test_0_0_0_has_no_error_details_no_versions_and_data_only_in_displays(company: Caller) -> None:
    bare = ["result", "message", "error_code", "request"]
    assert list(company.issue_click(YARD, "000", api_version="0.0.0").json) == bare
    assert list(company.issue_click(YARD, "2", api_version="0.0.0").json) == bare
    assert list(company.revoke_click(YARD, "000", api_version="0.0.0").json) == bare
    assert list(company.post("/qc/display/", {"macs": [GATE], "api_version": "0.0.0"}).json) == bare
    shown = ["result", "message", "error_code", "data", "request"]
    assert list(company.post("/qc/display/", {"api_version": "0.0.0"}).json) == shown
    assert list(company.post("/qc/", {"api_version": "0.0.0"}).json) == shown


@pytest.mark.rule("NO-R81")
@pytest.mark.parametrize("path", ["/lock/", "/keys/", "/fobs/display/", "/activity/"])
def test_other_calls_ignore_the_version_asked_for(company: Caller, path: str) -> None:
    plain = company.post(path, {}).json
    for version in ("1.0.0", "0.0.0", "9.0.0", "nonsense", 7):
        assert company.post(path, {"api_version": version}).json == plain


@pytest.mark.rule("NO-R82")
@pytest.mark.parametrize(
    ("asked", "answers"),
    [(None, "0.1.0"), ("0.1.0", "0.1.0"), ("0.1.7", "0.1.0"), ("0.9.0", "0.1.0"), ("0.0.1", "0.1.0"), ("1.0.0", "1.0.0"),
     ("1.2.3", "1.0.0"), ("2.0.0", None), ("1", None), ("1.0", None), ("v1.0.0", None), ("01.0.0", None), (1, None), ("", None)],
)  # fmt: skip
def test_an_unknown_version_gets_the_newest_of_its_major_number(
    company: Caller, asked: Any, answers: str | None
) -> None:
    reply = company.post("/qc/display/", {"api_version": asked})
    assert reply.code == (3 if answers is None else 0)
    assert reply.json["api_version"]["response"] == (answers or "0.1.0")


@pytest.mark.rule("NO-R111")
@pytest.mark.rule("NO-R83")
def test_answers_describe_the_versions(company: Caller, examples: Any) -> None:
    described = company.post("/lock/").json["api_version"]
    assert list(described) == examples["objects"]["api_version"]
    assert {version: about["status"] for version, about in described["available"].items()} == examples["versions"]
    assert {version: about["changes"] for version, about in described["available"].items()} == examples["changes"]
    assert (described["response"], described["default"]) == ("0.1.0", "0.1.0")
    assert company.post("/qc/display/", {"api_version": "1.0.0"}).json["api_version"] == described | {
        "response": "1.0.0"
    }
