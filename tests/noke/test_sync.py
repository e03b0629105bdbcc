"""A change on the server is pending until a lock has taken it and a phone has uploaded the responses."""

from __future__ import annotations

import pytest

from locksim.noke.seed import YARD
from tests.noke.caller import Caller


@pytest.mark.rule("NO-R54")
def test_changes_work_from_the_next_online_unlock_on(company: Caller) -> None:
    key = company.issue_key(YARD, "alice")
    company.issue_click(YARD, "0010")
    assert not company.unlock_offline(YARD, key).unlocked
    assert not company.click(YARD, "0010")
    assert company.approach(YARD).unlocked
    assert company.unlock_offline(YARD, key).unlocked
    assert company.click(YARD, "0010")


@pytest.mark.rule("NO-R54")
def test_commands_from_before_a_change_do_not_carry_it(company: Caller) -> None:
    commands = company.command(YARD)
    key = company.issue_key(YARD, "alice")
    company.deliver(YARD, commands)
    assert not company.unlock_offline(YARD, key).unlocked


@pytest.mark.rule("NO-R55")
def test_a_change_is_pending_until_its_response_was_uploaded(company: Caller) -> None:
    company.issue_click(YARD, "0010")
    contact = company.approach(YARD)
    assert company.clicks(YARD)["0010"]["pending"]
    assert company.listed(YARD)["flags"] == ["quick-clicks"]
    company.upload(contact)
    assert not company.clicks(YARD)["0010"]["pending"]
    assert company.listed(YARD)["flags"] == "none"


@pytest.mark.rule("NO-R55")
def test_a_change_whose_upload_was_lost_is_carried_again(company: Caller) -> None:
    company.issue_click(YARD, "0010", 5)
    company.approach(YARD)
    assert company.click(YARD, "0010")
    assert company.unlock(YARD)
    assert company.listed(YARD)["flags"] == "none"
    assert company.device(YARD).state["quick_clicks"] == {"0010": 4}
    assert company.clicks(YARD)["0010"]["uses"] == 4


@pytest.mark.rule("NO-R55")
@pytest.mark.parametrize("again", ["issue", "revoke"])
def test_a_code_that_was_changed_again_meanwhile_is_still_pending(company: Caller, again: str) -> None:
    company.issue_click(YARD, "0010", 5)
    contact = company.approach(YARD)
    if again == "issue":
        company.issue_click(YARD, "0010", 9)
    else:
        company.revoke_click(YARD, "0010")
    company.upload(contact)
    assert company.listed(YARD)["flags"] == ["quick-clicks"]
    company.unlock(YARD)
    assert company.device(YARD).state["quick_clicks"] == ({"0010": 9} if again == "issue" else {})
    assert company.listed(YARD)["flags"] == "none"


@pytest.mark.rule("NO-R55")
def test_a_setting_that_was_changed_again_meanwhile_is_still_pending(company: Caller) -> None:
    def save(on: bool) -> None:
        body = {"macs": [YARD], "settings": {"explicit-lock": on}}
        assert company.post("/lock/settings/", body, server="production-pre-release").code == 0

    save(True)
    contact = company.approach(YARD)
    save(False)
    company.upload(contact)
    assert company.listed(YARD)["flags"] == ["settings"]
    company.unlock(YARD)
    assert company.listed(YARD)["flags"] == "none"
    assert not company.device(YARD).state["explicit_lock"]


@pytest.mark.rule("NO-R55")
def test_a_key_that_was_reset_meanwhile_is_still_pending(company: Caller) -> None:
    old = company.issue_key(YARD, "alice")
    contact = company.approach(YARD)
    company.device(YARD).reset_keys()
    new = company.issue_key(YARD, "alice")
    assert new != old
    company.upload(contact)
    assert company.listed(YARD)["flags"] == ["keys"]
    company.unlock(YARD)
    assert company.unlock_offline(YARD, new).unlocked
    assert not company.unlock_offline(YARD, old).unlocked
