"""Fobs: credentials on the server, on the fob and on the lock."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.engine.errors import Refused
from locksim.noke.seed import ALICES_FOB, BOBS_FOB, GATE, LOBBY, UNIT_12, YARD
from tests.noke.caller import Caller


def statuses(company: Caller, fob: str) -> list[tuple[str, str]]:
    (shown,) = company.post("/fobs/display/", {"fob_macs": [fob]}).data
    return [(held["tracking_key"], held["status"]) for held in shown["locks"]]


@pytest.mark.rule("NO-R84")
def test_a_fob_opens_after_its_sync_and_the_locks_online_unlock(company: Caller) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "a")
    other = company.fork()
    company.sync(ALICES_FOB)
    assert not company.touch(ALICES_FOB, YARD)
    company.unlock(YARD)
    assert company.touch(ALICES_FOB, YARD)
    other.unlock(YARD)
    assert not other.touch(ALICES_FOB, YARD)
    other.sync(ALICES_FOB)
    assert other.touch(ALICES_FOB, YARD)
    assert not company.touch(BOBS_FOB, YARD)
    assert not company.touch(ALICES_FOB, UNIT_12)


@pytest.mark.rule("NO-R85")
def test_issue_answers_the_credentials_of_the_call(company: Caller, examples: Any) -> None:
    body = {"fob_mac": ALICES_FOB, "locks": [{"mac": YARD, "tracking_key": "a"}, {"mac": UNIT_12}, {"mac": GATE}]}
    answer = company.post("/fobs/issue/", body).json
    assert (answer["result"], [error["error_code"] for error in answer["error_details"]]) == ("success", [7])
    ((fob,),) = (answer["data"],)
    assert fob["fob"] == ALICES_FOB
    assert [(held["mac"], held["tracking_key"], held["status"]) for held in fob["locks"]] == [
        (YARD, "a", "pending"), (UNIT_12, "", "pending")]  # fmt: skip
    assert list(fob["locks"][0]) == examples["objects"]["credential"]
    company.sync(ALICES_FOB)
    (again,) = company.issue_to_fob(ALICES_FOB, YARD, "a").data
    assert again["locks"] == [fob["locks"][0] | {"status": "synced"}]
    assert company.issue_to_fob(ALICES_FOB, LOBBY, "a").code == 3
    assert company.issue_to_fob(YARD, YARD, "a").code == 7


@pytest.mark.rule("NO-R86")
@pytest.mark.parametrize(
    ("body", "revoked"),
    [({"lock_macs": [YARD]}, {"a", "b"}), ({"tracking_keys": ["a"]}, {"a"}), ({"lock_macs": YARD, "tracking_keys": ["b"]}, {"b"}),
     ({"tracking_keys": ["c"]}, {"c"})],
)  # fmt: skip
def test_revoke_takes_locks_or_tracking_keys_or_both(company: Caller, body: Any, revoked: set[str]) -> None:
    for mac, name in ((YARD, "a"), (YARD, "b"), (UNIT_12, "c")):
        company.issue_to_fob(ALICES_FOB, mac, name)
    company.sync(ALICES_FOB)
    for _ in range(2):  # again is no error
        (fob,) = company.post("/fobs/revoke/", {"fob_mac": ALICES_FOB, **body}).data
        assert [(held["tracking_key"], held["status"]) for held in fob["locks"]] == [
            (name, "revoke_pending" if name in revoked else "synced") for name in "abc"]  # fmt: skip


@pytest.mark.rule("NO-R86")
def test_a_revoked_fob_opens_until_the_locks_next_online_unlock(company: Caller) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "a")
    company.sync(ALICES_FOB)
    company.unlock(YARD)
    company.revoke_from_fob(ALICES_FOB, YARD)
    assert company.listed(YARD)["flags"] == ["keys"]
    assert company.touch(ALICES_FOB, YARD)
    company.unlock(YARD)
    assert not company.touch(ALICES_FOB, YARD)
    assert company.device(ALICES_FOB).state["locks"] == [YARD]


@pytest.mark.rule("NO-R87")
@pytest.mark.parametrize(
    "body", [{}, {"lock_macs": []}, {"lock_macs": [UNIT_12]}, {"tracking_keys": ["z"]}, {"tracking_keys": "a"}]
)
def test_revoke_of_nothing_revokes_nothing(company: Caller, body: Any) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "a")
    assert company.post("/fobs/revoke/", {"fob_mac": ALICES_FOB, **body}).code == 3
    assert statuses(company, ALICES_FOB) == [("a", "pending")]


@pytest.mark.rule("NO-R115")
@pytest.mark.rule("NO-R116")
def test_a_fob_may_have_several_credentials_for_a_lock_and_one_without_a_tracking_key(company: Caller) -> None:
    for mac in (YARD, UNIT_12):
        locks = [{"mac": mac}, *({"mac": mac, "tracking_key": str(number)} for number in range(99))]
        assert company.post("/fobs/issue/", {"fob_mac": ALICES_FOB, "locks": locks}).code == 0
    (shown,) = company.post("/fobs/display/", {"fob_macs": [ALICES_FOB]}).data
    assert len(shown["locks"]) == 200
    assert [held["tracking_key"] for held in shown["locks"][:2]] == ["", "0"]
    company.sync(ALICES_FOB)
    company.unlock(YARD)
    assert company.touch(ALICES_FOB, YARD)


@pytest.mark.rule("NO-R129")
def test_without_errors_error_details_is_an_empty_array_for_fobs_and_null_for_quick_clicks(company: Caller) -> None:
    for path in ("/fobs/display/", "/qc/display/"):
        assert company.post(path).json["error_details"] == ([] if path.startswith("/fobs") else None)
    assert company.issue_to_fob(ALICES_FOB, YARD, "a").json["error_details"] == []
    assert company.issue_click(YARD, "101").json["error_details"] is None


@pytest.mark.rule("NO-R128")
@pytest.mark.rule("NO-R88")
def test_display_shows_those_asked_for_or_all(company: Caller) -> None:
    company.issue_to_fob(BOBS_FOB, YARD, "b")
    assert [fob["fob"] for fob in company.post("/fobs/display/").data] == [ALICES_FOB, BOBS_FOB]
    answer = company.post("/fobs/display/", {"fob_macs": [BOBS_FOB, "none"]}).json
    assert (answer["error_code"], [fob["fob"] for fob in answer["data"]]) == (0, [BOBS_FOB])
    assert [(error["fob"], error["error_code"]) for error in answer["error_details"]] == [("none", 7)]
    assert company.post("/fobs/display/", {"fob_macs": ["none"]}).code == 7


@pytest.mark.rule("NO-R136")
@pytest.mark.rule("NO-R89")
def test_sync_makes_a_fob_hold_its_credentials_and_nothing_else(company: Caller) -> None:
    for mac in (YARD, UNIT_12):
        company.issue_to_fob(ALICES_FOB, mac, "a")
    company.sync(ALICES_FOB)
    assert company.device(ALICES_FOB).state["locks"] == [YARD, UNIT_12]
    company.revoke_from_fob(ALICES_FOB, YARD)
    company.sync(ALICES_FOB)
    assert company.device(ALICES_FOB).state["locks"] == [UNIT_12]
    answer = company.post("/fobs/sync/", {"mac": ALICES_FOB, "session": "0" * 40}).json
    assert (answer["request"], answer["error_details"]) == ("fobs/display", [])
    assert company.post("/fobs/sync/", {"mac": YARD, "session": "0" * 40}).code == 7


@pytest.mark.rule("NO-R136")
def test_a_fob_takes_commands_as_a_whole_once_and_in_its_session(company: Caller) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "a")
    fob = company.device(ALICES_FOB)

    def ask() -> str:
        session = fob.squeeze()["session"]
        commands: str = company.post("/fobs/sync/", {"mac": ALICES_FOB, "session": session}).data["commands"]
        return commands

    commands = ask()
    assert fob.deliver(commands=commands[:-41])["responses"] == []
    assert len(fob.deliver(commands=commands)["responses"]) == 1
    assert fob.deliver(commands=commands)["responses"] == []
    old = ask()
    fob.squeeze()
    assert fob.deliver(commands=old)["responses"] == []
    late = ask()
    company.pass_time(50)
    assert fob.deliver(commands=late)["reason"].startswith("it sleeps")


@pytest.mark.rule("NO-R90")
def test_a_credential_is_synced_or_gone_when_the_response_was_uploaded(company: Caller) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "a")
    contact = company.sync(ALICES_FOB, upload=False)
    assert statuses(company, ALICES_FOB) == [("a", "pending")]
    company.upload(contact)
    assert statuses(company, ALICES_FOB) == [("a", "synced")]
    company.revoke_from_fob(ALICES_FOB, YARD)
    contact = company.sync(ALICES_FOB, upload=False)
    assert statuses(company, ALICES_FOB) == [("a", "revoke_pending")]
    company.upload(contact)
    assert statuses(company, ALICES_FOB) == []
    assert company.upload(contact).code == 0


@pytest.mark.rule("NO-R90")
def test_a_response_from_before_a_revocation_does_not_confirm_it(company: Caller) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "a")
    early = company.sync(ALICES_FOB, upload=False)
    company.revoke_from_fob(ALICES_FOB, YARD)
    company.upload(early)
    assert statuses(company, ALICES_FOB) == [("a", "revoke_pending")]
    company.sync(ALICES_FOB)
    assert statuses(company, ALICES_FOB) == []


@pytest.mark.rule("NO-R90")
def test_a_reset_of_the_lock_makes_a_credential_pending_again(company: Caller) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "a")
    early = company.sync(ALICES_FOB, upload=False)
    company.device(YARD).reset_keys()
    company.upload(early)
    assert statuses(company, ALICES_FOB) == [("a", "pending")]
    company.unlock(YARD)
    assert not company.touch(ALICES_FOB, YARD)
    company.sync(ALICES_FOB)
    assert statuses(company, ALICES_FOB) == [("a", "synced")]
    assert company.touch(ALICES_FOB, YARD)


@pytest.mark.rule("NO-R90")
def test_a_credential_issued_again_is_another_one(company: Caller) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "a")
    company.sync(ALICES_FOB)
    company.unlock(YARD)
    company.revoke_from_fob(ALICES_FOB, YARD)
    company.issue_to_fob(ALICES_FOB, YARD, "a")
    assert statuses(company, ALICES_FOB) == [("a", "revoke_pending"), ("a", "pending")]
    company.unlock(YARD)
    assert not company.touch(ALICES_FOB, YARD)
    company.sync(ALICES_FOB)
    assert statuses(company, ALICES_FOB) == [("a", "synced")]
    assert company.touch(ALICES_FOB, YARD)


def test_a_fob_can_touch_only_locks(company: Caller) -> None:
    with pytest.raises(Refused, match="there is no lock"):
        company.touch(ALICES_FOB, BOBS_FOB)
