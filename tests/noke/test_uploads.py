"""/upload/: responses that come once, twice, late, or changed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.noke.seed import ALICES_FOB, GATE, UNIT_12, YARD
from tests.noke.caller import Caller, Contact


@pytest.mark.rule("NO-R91")
def test_an_upload_takes_logs_of_many_devices(company: Caller) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "a")
    company.issue_click(YARD, "000")
    fob, yard, unit = company.sync(ALICES_FOB, upload=False), company.approach(YARD), company.approach(UNIT_12)
    assert company.upload(fob, yard, unit).code == 0
    assert company.listed(YARD)["flags"] == "none"
    assert {line["lock_mac"] for line in company.activity()} == {YARD, UNIT_12}


@pytest.mark.rule("NO-R91")
@pytest.mark.parametrize("change", [
    {"session": "1"}, {"session": None}, {"mac": 7}, {"received_time": None}, {"received_time": "1"}, {"received_time": 1.5},
    {"received_time": True}, {"received_time": -1}, {"received_time": 10**18}, {"responses": None}, {"responses": "00"},
    {"responses": [1]},
])  # fmt: skip
def test_an_invalid_log_is_refused(company: Caller, change: dict[str, Any]) -> None:
    log = company.approach(YARD).log
    assert company.post("/upload/", {"logs": [log | change]}).code == 3
    assert company.post("/upload/", {"logs": []}).code == 3
    assert company.post("/upload/", {"logs": [log]}).code == 0


@pytest.mark.rule("NO-R92")
def test_an_upload_answers_a_code_and_a_message(company: Caller) -> None:
    answer = company.upload(company.approach(YARD)).json
    assert list(answer) == ["result", "message", "error_code", "request", "api_version"]
    assert (answer["error_code"], answer["message"], answer["request"]) == (
        0,
        "Command successfully completed",
        "upload",
    )


@pytest.mark.rule("NO-R93")
def test_an_upload_repeated_or_out_of_order_changes_nothing_twice(company: Caller) -> None:
    company.issue_click(YARD, "000", 9)
    contacts = []
    for _ in range(3):
        contacts.append(company.approach(YARD))
        company.click(YARD, "000")
        company.pass_time(100)
    company.upload(contacts[2])
    known = company.activity()
    assert [line["action"] for line in known].count("unlocked") == 3
    before = msgspec.msgpack.encode(company.state)
    for contact in (*contacts, *reversed(contacts)):
        assert company.upload(contact).code == 0
    assert msgspec.msgpack.encode(company.state) == before


@pytest.mark.rule("NO-R93")
def test_a_response_from_before_a_reset_is_still_understood(company: Caller) -> None:
    late = company.approach(YARD)
    for _ in range(2):
        company.device(YARD).reset_keys()
        assert company.unlock(YARD)
        assert company.upload(late).code == 0
    assert company.listed(YARD)["status"] == "ready"


@pytest.mark.rule("NO-R93")
def test_responses_of_two_deliveries_may_come_in_one_log(company: Caller) -> None:
    session = company.wake(YARD)
    first, second = (company.deliver(YARD, company.command(YARD, session=session)) for _ in range(2))
    both = Contact(YARD, session, company.now, True, first.responses + second.responses, "")
    assert company.upload(both).code == 0
    assert [line["action"] for line in company.activity()] == ["unlocked", "unlocked"]


@pytest.mark.rule("NO-R94")
@given(data=st.data())
@settings(deadline=None)
def test_responses_that_the_lock_did_not_make_in_that_session_are_101(data: st.DataObject) -> None:
    company = COMPANY.fork()
    good = company.approach(YARD)
    log = good.log
    match data.draw(st.sampled_from(["digit", "drop", "session", "mac", "noise", "commands"])):
        case "digit":
            at = data.draw(st.integers(0, len(good.responses) - 1))
            place = data.draw(st.integers(0, 39))
            digit = data.draw(st.sampled_from("0123456789abcdef").filter(lambda d: d != good.responses[at][place]))
            changed = good.responses[at][:place] + digit + good.responses[at][place + 1 :]
            log["responses"] = [*good.responses[:at], changed, *good.responses[at + 1 :]]
        case "drop":
            at = data.draw(st.integers(0, len(good.responses) - 1))
            log["responses"] = good.responses[:at] + good.responses[at + 1 :]
        case "session":
            log["session"] = company.wake(YARD)
        case "mac":
            log["mac"] = UNIT_12
        case "noise":
            log["responses"] = [data.draw(st.text(max_size=41))]
        case _:
            log["responses"] = company.command(YARD).split("+")
    other = company.approach(UNIT_12)
    wanted = 0 if not log["responses"] else 101
    assert company.post("/upload/", {"logs": [log, other.log]}).code == wanted
    assert company.listed(YARD)["flags"] == ["keys"]
    assert {line["lock_mac"] for line in company.activity()} == {UNIT_12}
    assert company.upload(good).code == 0
    assert company.listed(YARD)["flags"] == "none"


COMPANY = Caller()
COMPANY.issue_key(YARD, "alice")


@pytest.mark.rule("NO-R94")
def test_a_log_of_another_servers_lock_is_an_unknown_lock_and_the_rest_is_kept(company: Caller) -> None:
    contact = company.approach(YARD)
    log = {"session": "0" * 40, "mac": GATE, "received_time": 1, "responses": []}
    assert company.post("/upload/", {"logs": [log, contact.log]}).code == 7
    assert len(company.activity()) == 1
