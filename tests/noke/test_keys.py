"""Offline keys: issue, display, revoke, places, and batches that fail in part."""

from __future__ import annotations

import re
from typing import Any

import pytest

from locksim.noke.seed import ALICES_FOB, CABINET, GATE, LOBBY, UNIT_12, YARD
from tests.noke.caller import Caller


@pytest.mark.rule("NO-R56")
@pytest.mark.rule("NO-R57")
def test_issue_answers_a_key_for_each_lock_and_tracking_key(company: Caller, examples: Any) -> None:
    locks = company.post("/keys/", {"issue": [{"macs": [YARD, UNIT_12], "tracking_keys": ["bob", "linda"]}]}).data[
        "locks"
    ]
    assert [lock["mac"] for lock in locks] == [YARD, UNIT_12]
    assert all([key["tracking_key"] for key in lock["keys"]] == ["bob", "linda"] for lock in locks)
    keys = [key for lock in locks for key in lock["keys"]]
    assert all(list(key) == examples["objects"]["key"] for key in keys)
    assert all(re.fullmatch("[0-9a-f]{32}", key["offline_key"]) for key in keys)
    assert all(re.fullmatch("[0-9a-f]{40}", key["unlock_command"]) for key in keys)
    assert len({key["offline_key"] for key in keys}) == len({key["unlock_command"] for key in keys}) == 4


@pytest.mark.rule("NO-R58")
def test_the_same_again_is_the_same_key(company: Caller) -> None:
    assert company.issue_key(YARD, "bob") == company.issue_key(YARD, "bob") != company.issue_key(YARD, "Bob")
    assert len(company.record(YARD).places) == 2


@pytest.mark.rule("NO-R59")
def test_display_shows_all_or_what_is_asked_for(company: Caller) -> None:
    bob, linda, other = (
        company.issue_key(mac, name) for mac, name in ((YARD, "bob"), (YARD, "linda"), (UNIT_12, "bob"))
    )

    def shown(body: Any) -> Any:
        return {lock["mac"]: lock["keys"] for lock in company.post("/keys/", body).data["locks"]}

    assert shown({}) == shown(None) == shown({"display": {}}) == {YARD: [bob, linda], UNIT_12: [other]}
    assert shown({"display": {"macs": [YARD]}}) == {YARD: [bob, linda]}
    assert shown({"display": {"tracking_keys": ["bob"]}}) == {YARD: [bob], UNIT_12: [other]}
    assert shown({"display": {"macs": [YARD, LOBBY], "tracking_keys": ["linda"]}}) == {YARD: [linda], LOBBY: []}
    assert shown({"display": {"macs": [GATE]}}) == {}


@pytest.mark.rule("NO-R60")
def test_a_revoked_key_opens_until_the_next_online_unlock(company: Caller) -> None:
    key = company.issue_key(YARD, "bob")
    company.unlock(YARD)
    assert company.revoke_key(YARD, "bob").data == {"locks": [{"mac": YARD, "keys": []}]}
    assert company.post("/keys/").data == {"locks": []}
    assert company.unlock_offline(YARD, key).unlocked
    company.approach(YARD)
    assert not company.unlock_offline(YARD, key).unlocked


@pytest.mark.rule("NO-R60")
def test_after_a_reset_a_phone_must_fetch_its_key_again(company: Caller) -> None:
    old = company.issue_key(YARD, "bob")
    company.unlock(YARD)
    assert company.device(YARD).reset_keys() == {"status": "setup", "keys": 1}
    new = company.issue_key(YARD, "bob")
    assert new != old
    assert company.unlock_offline(YARD, old).unlocked
    assert not company.unlock_offline(YARD, new).unlocked
    company.unlock(YARD)
    assert not company.unlock_offline(YARD, old).unlocked
    assert company.unlock_offline(YARD, new).unlocked


@pytest.mark.rule("NO-R61")
@pytest.mark.parametrize(
    ("item", "left"),
    [
        ({"macs": [YARD], "tracking_keys": ["bob"]}, {YARD: ["linda"]}),
        ({"macs": [YARD]}, {YARD: []}),
        ({"tracking_keys": ["bob"]}, {YARD: ["linda"], UNIT_12: ["steve"]}),
        ({"tracking_keys": ["bob", "steve"]}, {YARD: ["linda"], UNIT_12: []}),
        ({"macs": [LOBBY]}, {LOBBY: []}),
    ],
)
def test_revoke_takes_locks_or_tracking_keys_or_both(company: Caller, item: Any, left: Any) -> None:
    for mac, name in ((YARD, "bob"), (YARD, "linda"), (UNIT_12, "bob"), (UNIT_12, "steve")):
        company.issue_key(mac, name)
    for _ in range(2):  # again is no error
        locks = company.post("/keys/", {"revoke": [item]}).data["locks"]
        assert {lock["mac"]: [key["tracking_key"] for key in lock["keys"]] for lock in locks} == left


@pytest.mark.rule("NO-R62")
@pytest.mark.parametrize("item", [{}, {"macs": []}, {"macs": None, "tracking_keys": []}, {"mac": YARD}])
def test_a_revoke_that_names_nothing_revokes_nothing(company: Caller, item: Any) -> None:
    company.issue_key(YARD, "bob")
    assert company.post("/keys/", {"revoke": [item]}).code == 3
    assert company.issue_key(YARD, "bob")
    assert company.record(YARD).places[0].valid


@pytest.mark.rule("NO-R105")
def test_revoke_of_a_tracking_key_that_no_lock_has_is_invalid_input(company: Caller) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "fob")
    for name in ("zz", "fob"):
        answer = company.post("/keys/", {"revoke": [{"tracking_keys": [name]}]}).json
        assert answer["error_code"] == 3
        assert [(e["mac"], e["tracking_key"], e["error_code"]) for e in answer["error_details"]] == [("", name, 3)]
    company.issue_key(YARD, "bob")
    assert company.post("/keys/", {"revoke": [{"tracking_keys": ["bob", "zz"]}]}).code == 0
    assert company.post("/keys/", {"revoke": [{"macs": [""], "tracking_keys": ["bob"]}]}).code == 7


@pytest.mark.rule("NO-R118")
def test_offline_keys_differ_by_lock_on_sandbox_too(sandbox: Caller) -> None:
    keys = [sandbox.issue_key(mac, "bob") for mac in (GATE, CABINET)]
    sandbox.unlock(GATE)
    sandbox.unlock(CABINET)
    assert keys[0]["offline_key"] != keys[1]["offline_key"]
    assert sandbox.unlock_offline(GATE, keys[0]).unlocked
    assert not sandbox.unlock_offline(CABINET, keys[0]).unlocked


@pytest.mark.rule("NO-R63")
def test_a_place_is_free_when_the_unlock_after_its_revocation_was_confirmed(company: Caller) -> None:
    old = company.issue_key(YARD, "bob")
    company.unlock(YARD)
    company.revoke_key(YARD, "bob")
    again = company.issue_key(YARD, "bob")
    assert again["offline_key"] != old["offline_key"]
    assert len(company.record(YARD).places) == 2
    contact = company.approach(YARD)
    assert not company.unlock_offline(YARD, old).unlocked
    assert company.unlock_offline(YARD, again).unlocked
    company.issue_key(YARD, "carol")
    assert len(company.record(YARD).places) == 3
    company.upload(contact)
    company.issue_key(YARD, "dave")
    assert len(company.record(YARD).places) == 3


@pytest.mark.rule("NO-R64")
def test_the_101st_key_of_a_lock_is_an_error_of_its_item(company: Caller) -> None:
    names = [str(number) for number in range(98)]
    assert company.post("/keys/", {"issue": [{"macs": [YARD], "tracking_keys": names}]}).code == 0
    assert company.issue_to_fob(ALICES_FOB, YARD, "fob").code == 0
    answer = company.post("/keys/", {"issue": [{"macs": [YARD, UNIT_12], "tracking_keys": ["99", "100"]}]}).json
    assert (answer["result"], answer["error_code"]) == ("success", 0)
    assert [len(lock["keys"]) for lock in answer["data"]["locks"]] == [1, 2]
    (error,) = answer["error_details"]
    assert (error["mac"], error["tracking_key"], error["action"], error["error_code"]) == (YARD, "100", "issue", 3)
    company.revoke_key(YARD, "0")
    assert company.post("/keys/", {"issue": [{"macs": [YARD], "tracking_keys": ["100"]}]}).code == 3
    assert company.issue_to_fob(ALICES_FOB, YARD, "other").code == 3
    assert company.issue_key(YARD, "1")
    company.unlock(YARD)
    assert company.issue_key(YARD, "100")


@pytest.mark.rule("NO-R65")
def test_each_failed_item_has_its_own_error(company: Caller) -> None:
    company.issue_key(YARD, "bob")
    body = {"revoke": [{"macs": [YARD, UNIT_12, GATE], "tracking_keys": ["bob"]}, {"tracking_keys": ["nobody"]}]}
    answer = company.post("/keys/", body).json
    assert list(answer) == ["result", "message", "error_code", "error_details", "data", "request", "api_version"]
    assert [(e["mac"], e["error_code"]) for e in answer["error_details"]] == [(UNIT_12, 3), (GATE, 7), ("", 3)]
    assert answer["data"]["locks"] == [{"mac": YARD, "keys": []}]
    assert answer["request"] == "keys"


@pytest.mark.rule("NO-R65")
@pytest.mark.parametrize(("mac", "code"), [(GATE, 7), (LOBBY, 3)])
def test_a_batch_of_which_every_item_failed_is_a_failure(company: Caller, mac: str, code: int) -> None:
    answer = company.post("/keys/", {"issue": [{"macs": [mac], "tracking_keys": ["a", "b"]}]}).json
    assert (answer["result"], answer["error_code"], len(answer["error_details"])) == ("failure", code, 2)
    assert answer["data"] == {"locks": []}


@pytest.mark.rule("NO-R66")
def test_keys_neither_shows_nor_revokes_keys_of_fobs(company: Caller) -> None:
    company.issue_to_fob(ALICES_FOB, YARD, "bob")
    company.sync(ALICES_FOB)
    company.issue_key(YARD, "bob")
    company.unlock(YARD)
    ((key,),) = (lock["keys"] for lock in company.post("/keys/").data["locks"])
    company.post("/keys/", {"revoke": [{"macs": [YARD]}]})
    company.unlock(YARD)
    assert company.touch(ALICES_FOB, YARD)
    assert not company.unlock_offline(YARD, key).unlocked


@pytest.mark.rule("NO-R104")
def test_a_lock_that_is_awake_takes_an_offline_key_in_its_present_session(company: Caller) -> None:
    key = company.issue_key(YARD, "bob")
    company.unlock(YARD)
    session = company.wake(YARD)
    awake = company.unlock_offline(YARD, key)
    assert (awake.unlocked, awake.session) == (True, session)
    company.pass_time(60)
    asleep = company.unlock_offline(YARD, key)
    assert asleep.unlocked
    assert asleep.session != session
    assert company.upload(asleep, awake).code == 0
    assert [line["tracking_key"] for line in company.activity()].count("bob") == 2


@pytest.mark.rule("NO-R67")
def test_an_offline_key_opens_only_its_lock_and_only_with_its_command(company: Caller) -> None:
    bob, linda, other = (
        company.issue_key(mac, name) for mac, name in ((YARD, "bob"), (YARD, "linda"), (UNIT_12, "bob"))
    )
    company.unlock(YARD)
    company.unlock(UNIT_12)
    contact = company.unlock_offline(YARD, bob)
    assert (contact.unlocked, company.upload(contact).code) == (True, 0)
    for wrong in (
        other,
        {**bob, "offline_key": linda["offline_key"]},
        {**bob, "unlock_command": linda["unlock_command"]},
        {**bob, "offline_key": "bob"},
        {**bob, "unlock_command": bob["unlock_command"][:-1] + ("0" if bob["unlock_command"][-1] != "0" else "1")},
        {**bob, "unlock_command": "ffffffff" + bob["unlock_command"][8:]},
    ):
        assert not company.unlock_offline(YARD, wrong).unlocked
    assert company.unlock_offline(YARD, {name: value.upper() for name, value in bob.items()}).unlocked
