"""Commands: a lock takes them as a whole, once and in their session, or not at all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.engine.errors import Impossible
from locksim.noke.crypto import Kind, Tampered, seal, split_messages, unseal
from locksim.noke.seed import LOADING_DOCK, TRAILER, UNIT_12, YARD
from tests.noke.caller import Caller

PRE = "production-pre-release"


@pytest.mark.rule("NO-R33")
def test_unlock_answers_commands_and_a_token(company: Caller) -> None:
    answer = company.post("/unlock/", {"mac": YARD, "session": company.wake(YARD), "tracking_key": "bob"}).json
    assert list(answer["data"]) == ["commands"]
    assert re.fullmatch("[0-9a-f]{40}", answer["token"])
    again = company.post("/unlock/", {"mac": YARD, "session": company.wake(YARD)}).json
    assert again["token"] != answer["token"]


@pytest.mark.rule("NO-R33")
@pytest.mark.parametrize("body", [{}, {"mac": YARD}, {"mac": 7, "session": "0" * 40}, {"session": "0" * 40},
                                  {"mac": YARD, "session": "0" * 40, "tracking_key": 7}])  # fmt: skip
def test_unlock_requires_a_mac_and_a_session(company: Caller, body: Any) -> None:
    assert company.post("/unlock/", body).code == 3


@pytest.mark.rule("NO-R114")
def test_the_documents_placeholder_session_is_refused(company: Caller) -> None:
    session = "8675309j3nNy1V3G0ty0uRnUMB3r"
    log = {"session": session, "mac": YARD, "received_time": 1518141482, "responses": ["8675f1v3tHr3309867"]}
    assert company.post("/fwupdate/", {"mac": YARD, "session": session}).code == 3
    assert company.post("/upload/", {"logs": [log]}).code == 3


@pytest.mark.rule("NO-R34")
@pytest.mark.parametrize("session", ["", "0" * 39, "0" * 41, "g" * 40, "0" * 40 + "\n", "8675309j3nNy1V3G0ty0uRnUMB3r"])
@pytest.mark.parametrize("call", ["/unlock/", "/unshackle/", "/fwupdate/"])
def test_a_session_is_40_hex_digits(company: Caller, session: str, call: str) -> None:
    assert company.post(call, {"mac": YARD, "session": session}).code == 3


@pytest.mark.rule("NO-R35")
@pytest.mark.parametrize("call", ["/unlock/", "/unshackle/", "/fwupdate/"])
def test_commands_are_hex_digits_joined_by_plus(company: Caller, call: str) -> None:
    for number in range(30):
        company.issue_key(YARD, str(number))
    commands = company.command(YARD, call)
    assert re.fullmatch(r"[0-9a-f]{40}(\+[0-9a-f]{40})+", commands)
    assert commands[:2] == "00"
    assert commands.split("+")[-1][:2] == "02"


@pytest.mark.rule("NO-R36")
@given(data=st.data())
@settings(deadline=None)
def test_changed_commands_do_nothing(data: st.DataObject) -> None:
    company = COMPANY.fork()
    commands = company.command(YARD)
    packets = commands.split("+")
    match data.draw(st.sampled_from(["digit", "drop", "double", "swap", "add"])):
        case "digit":
            place = data.draw(st.integers(0, len(commands) - 1).filter(lambda n: commands[n] != "+"))
            digit = data.draw(st.sampled_from("0123456789abcdef").filter(lambda d: d != commands[place]))
            bad = commands[:place] + digit + commands[place + 1 :]
        case "drop":
            place = data.draw(st.integers(0, len(packets) - 1))
            bad = "+".join(packets[:place] + packets[place + 1 :])
        case "double":
            place = data.draw(st.integers(0, len(packets) - 1))
            bad = "+".join(packets[: place + 1] + packets[place:])
        case "swap":
            bad = "+".join(reversed(packets))
        case _:
            bad = commands + "+" + data.draw(st.sampled_from(packets))
    before = company.fork()
    contact = company.deliver(YARD, bad)
    assert (contact.unlocked, contact.responses) == (False, [])
    assert company.body(YARD) == before.body(YARD)
    assert company.deliver(YARD, commands).unlocked


COMPANY = Caller()
COMPANY.issue_key(YARD, "alice")


@pytest.mark.rule("NO-R36")
def test_commands_are_taken_once_and_never_after_newer_ones(company: Caller) -> None:
    session = company.wake(YARD)
    first, second = (company.command(YARD, session=session) for _ in range(2))
    assert company.deliver(YARD, second).unlocked
    assert not company.deliver(YARD, second).unlocked
    assert not company.deliver(YARD, first).unlocked


@pytest.mark.rule("NO-R36")
def test_commands_for_another_session_or_lock_do_nothing(company: Caller) -> None:
    old = company.command(YARD)
    company.wake(YARD)
    assert not company.deliver(YARD, old).unlocked
    company.wake(UNIT_12)
    assert not company.deliver(UNIT_12, company.command(YARD)).unlocked


@given(body=st.binary(max_size=200), other=st.binary(max_size=50))
def test_a_message_is_read_only_with_its_key_session_and_kind(body: bytes, other: bytes) -> None:
    key, session = "11" * 16, "22" * 20
    packets = seal(key, session, Kind.TO_LOCK, body)
    assert unseal(key, session, Kind.TO_LOCK, packets) == body
    for wrong in (("10" * 16, session, Kind.TO_LOCK), (key, "23" * 20, Kind.TO_LOCK), (key, session, Kind.TO_FOB)):
        with pytest.raises(Tampered):
            unseal(*wrong, packets)
    more = seal(key, session, Kind.TO_LOCK, other)
    assert split_messages(packets + more) == [packets, more]
    assert body not in bytes.fromhex("".join(packets)) or len(body) < 4


@pytest.mark.rule("NO-R37")
@pytest.mark.parametrize(("seconds", "takes"), [(49.9, True), (50, False), (3600, False)])
def test_a_lock_listens_for_50_seconds_after_the_last_contact(company: Caller, seconds: float, takes: bool) -> None:
    session = company.wake(YARD)
    company.pass_time(40)
    assert company.deliver(YARD, company.command(YARD, session=session)).unlocked
    company.pass_time(seconds)
    contact = company.deliver(YARD, company.command(YARD, session=session))
    assert contact.unlocked == takes
    assert company.device(YARD).state["awake"] == takes


@pytest.mark.rule("NO-R37")
def test_a_lock_that_falls_asleep_ends_its_session(company: Caller) -> None:
    commands = company.command(YARD)
    assert company.device(YARD).sleep() == {"awake": False}
    assert not company.deliver(YARD, commands).unlocked
    sessions = {company.wake(YARD) for _ in range(5)}
    assert len(sessions) == 5


@pytest.mark.rule("NO-R38")
def test_unshackle_lets_the_shackle_out(company: Caller) -> None:
    assert company.device(YARD).shackle(to="pulled")["shackle"] == "in"
    company.unlock(YARD)
    assert company.device(YARD).shackle(to="out")["shackle"] == "in"
    assert company.device(YARD).shackle()["shackle"] == "pulled"
    assert company.device(YARD).shackle() == {"shackle": "in", "unlocked": False}
    assert company.post("/unshackle/", {"mac": YARD, "session": "0" * 40}).json["request"] == "unshackle"
    assert company.unlock(YARD, "/unshackle/")
    assert company.device(YARD).shackle(to="out") == {"shackle": "out", "unlocked": True}


@pytest.mark.rule("NO-R38")
def test_unshackle_syncs_as_unlock_does(company: Caller) -> None:
    company.issue_click(YARD, "000")
    assert company.unlock(YARD, "/unshackle/")
    assert company.click(YARD, "000")


@pytest.mark.rule("NO-R39")
def test_a_lock_without_a_shackle_does_not_unshackle(company: Caller) -> None:
    assert company.post("/unshackle/", {"mac": UNIT_12, "session": company.wake(UNIT_12)}).code == 3
    with pytest.raises(Impossible, match="has no shackle"):
        company.device(UNIT_12).shackle()


@pytest.mark.rule("NO-R40")
def test_a_lock_with_explicit_lock_stays_unlocked_until_it_is_engaged(company: Caller) -> None:
    company.unlock(YARD)
    company.pass_time(10)
    assert not company.device(YARD).state["unlocked"]
    body = {"macs": [YARD], "settings": {"explicit-lock": True}}
    company.post("/lock/settings/", body, server=PRE)
    company.unlock(YARD)
    company.pass_time(3600)
    assert company.device(YARD).state["unlocked"]
    company.server = PRE
    assert not company.unlock(YARD, "/engagelock/")
    assert not company.device(YARD).state["unlocked"]


@pytest.mark.rule("NO-R40")
def test_pushing_the_shackle_in_does_not_engage_a_lock_with_explicit_lock(company: Caller) -> None:
    body = {"macs": [YARD], "settings": {"explicit-lock": True}}
    company.post("/lock/settings/", body, server=PRE)
    company.unlock(YARD)
    assert company.device(YARD).shackle(to="pulled") == {"shackle": "pulled", "unlocked": True}
    assert company.device(YARD).shackle(to="in") == {"shackle": "in", "unlocked": True}
    company.pass_time(3600)
    assert company.device(YARD).state["unlocked"]
    company.server = PRE
    company.unlock(YARD, "/engagelock/")
    assert not company.device(YARD).state["unlocked"]


@pytest.mark.rule("NO-R130")
def test_engagelock_does_nothing_while_the_shackle_is_pulled(company: Caller) -> None:
    company.post("/lock/settings/", {"macs": [YARD], "settings": {"explicit-lock": True}}, server=PRE)
    company.unlock(YARD)
    company.device(YARD).shackle(to="pulled")
    company.server = PRE
    company.unlock(YARD, "/engagelock/")
    assert company.device(YARD).shackle(to="in") == {"shackle": "in", "unlocked": True}
    company.unlock(YARD, "/engagelock/")
    assert not company.device(YARD).state["unlocked"]


@pytest.mark.rule("NO-R106")
def test_a_padlocks_battery_can_be_replaced_only_while_its_shackle_is_out(company: Caller) -> None:
    company.unlock(YARD)
    company.device(YARD).shackle(to="pulled")
    for _ in range(2):
        with pytest.raises(Impossible, match="only while its shackle is out"):
            company.device(YARD).battery(replaced=True)
        company.device(YARD).shackle(to="in")
    assert company.device(YARD).state["internal_battery"] == 2975
    company.unlock(YARD, "/unshackle/")
    company.device(YARD).shackle(to="out")
    assert company.device(YARD).battery(replaced=True)["internal_battery"] == 3000
    assert company.device(UNIT_12).battery(replaced=True)["internal_battery"] == 3000


@pytest.mark.rule("NO-R125")
@pytest.mark.rule("NO-R41")
def test_only_hd_locks_from_4_25_on_take_explicit_lock(company: Caller) -> None:
    company.server = PRE
    for mac, takes in ((YARD, True), (TRAILER, False), (LOADING_DOCK, False)):
        assert company.post("/engagelock/", {"mac": mac, "session": company.wake(mac)}).code == (0 if takes else 3)
        settings = {"macs": [mac], "settings": {"explicit-lock": True}}
        (lock,) = company.post("/lock/settings/", settings).data["locks"]
        assert lock["messages"][-1].startswith("SUCCESS" if takes else "ERROR")
        assert company.listed(mac)["settings"] == ({"explicit-lock": True} if takes else {})
    company.site.support("firmware", lock=TRAILER, version="4.25")
    assert company.post("/engagelock/", {"mac": TRAILER, "session": company.wake(TRAILER)}).code == 0


@pytest.mark.rule("NO-R42")
@pytest.mark.parametrize(("seconds", "unlocked"), [(0, True), (9.9, True), (10, False)])
def test_a_lock_engages_after_ten_seconds(company: Caller, seconds: float, unlocked: bool) -> None:
    company.unlock(YARD)
    company.pass_time(seconds)
    assert company.device(YARD).state["unlocked"] == unlocked


@pytest.mark.rule("NO-R42")
def test_what_a_lock_did_by_itself_comes_before_the_wake_in_its_memory(company: Caller) -> None:
    company.unlock(YARD)
    company.pass_time(60)
    company.wake(YARD)
    assert [event.action for event in company.body(YARD).events[-3:]] == ["locked", "wake_stats", "button_touched"]


@pytest.mark.rule("NO-R42")
def test_a_pulled_shackle_keeps_a_lock_from_engaging(company: Caller) -> None:
    company.unlock(YARD)
    company.device(YARD).shackle(to="pulled")
    company.pass_time(3600)
    assert company.device(YARD).state["unlocked"]
    assert company.device(YARD).shackle(to="in") == {"shackle": "in", "unlocked": False}


@pytest.mark.rule("NO-R133")
@pytest.mark.rule("NO-R43")
def test_request_names_are_those_of_the_documents_samples(company: Caller) -> None:
    answer = company.post("/fwupdate/", {"mac": YARD, "session": company.wake(YARD)}).json
    assert list(answer) == ["result", "message", "error_code", "data", "token", "request"]
    assert answer["request"] == "unlock"
    assert list(company.post("/fwupdate/", {}).json) == ["result", "message", "error_code", "request"]
    assert company.post("/engagelock/", {}, server=PRE).json["request"] == "unlock"


@pytest.mark.rule("NO-R119")
def test_a_lock_that_does_not_take_a_setting_fails_when_it_is_saved(company: Caller) -> None:
    body = {"macs": [UNIT_12, TRAILER], "settings": {"explicit-lock": True}}
    locks = company.post("/lock/settings/", body, server=PRE).data["locks"]
    assert [lock["messages"] for lock in locks] == [
        ["SUCCESS: assigned setting: explicit-lock", f"ERROR: failed saving lock settings on {mac}"]
        for mac in (UNIT_12, TRAILER)
    ]
    assert company.listed(TRAILER)["flags"] == ["keys"]


@pytest.mark.rule("NO-R44")
@pytest.mark.rule("NO-R45")
def test_settings_answer_messages_for_each_lock_and_never_fail_as_a_whole(company: Caller) -> None:
    body = {"macs": [YARD, UNIT_12, "XX"], "settings": {"explicit-lock": True}}
    yard, unit, none = company.post("/lock/settings/", body, server=PRE).data["locks"]
    assert yard == {"mac": YARD, "messages": ["SUCCESS: assigned setting: explicit-lock", "SUCCESS: saved settings"]}
    assert unit["messages"][-1] == f"ERROR: failed saving lock settings on {UNIT_12}"
    assert [message[:5] for message in none["messages"]] == ["ERROR", "ERROR"]
    assert company.listed(YARD)["settings"] == {"explicit-lock": True}


@pytest.mark.rule("NO-R45")
@pytest.mark.parametrize(
    "settings", [{"explicit-lock": True, "colour": 1}, {"explicit-lock": "yes"}, {"explicit-lock": None}]
)
def test_one_wrong_setting_saves_none(company: Caller, settings: dict[str, Any]) -> None:
    (lock,) = company.post("/lock/settings/", {"macs": [YARD], "settings": settings}, server=PRE).data["locks"]
    assert lock["messages"][-1] == f"ERROR: failed saving lock settings on {YARD}"
    assert company.listed(YARD)["settings"] == {"explicit-lock": False}
    assert company.listed(YARD)["flags"] == "none"


@pytest.mark.rule("NO-R126")
@pytest.mark.rule("NO-R46")
def test_update_mode_lasts_a_minute_with_a_blue_led_and_nothing_else_works(company: Caller) -> None:
    assert not company.device(YARD).load_firmware()["updated"]
    assert not company.unlock(YARD, "/fwupdate/")
    assert company.device(YARD).state["led"] == "blue"
    assert company.wake(YARD) == ""
    company.pass_time(59.9)
    assert company.device(YARD).load_firmware(version="4.40")["updated"]
    assert company.device(YARD).state["led"] == "off"
    company.unlock(YARD)
    assert company.listed(YARD)["fw_version"] == "4.40"


@pytest.mark.rule("NO-R126")
def test_a_lock_in_update_mode_takes_no_commands_in_the_session_that_put_it_there(company: Caller) -> None:
    session = company.wake(YARD)
    update, unlock = (company.command(YARD, call, session=session) for call in ("/fwupdate/", "/unlock/"))
    company.deliver(YARD, update)
    assert not company.deliver(YARD, unlock).unlocked


@pytest.mark.rule("NO-R41")
def test_a_lock_that_comes_back_with_old_firmware_engages_by_itself_again(company: Caller) -> None:
    body = {"macs": [YARD], "settings": {"explicit-lock": True}}
    company.post("/lock/settings/", body, server=PRE)
    company.unlock(YARD)
    company.site.support("firmware", lock=YARD, version="4.12")
    assert company.listed(YARD)["settings"] == {}
    company.unlock(YARD)
    company.pass_time(10)
    assert not company.device(YARD).state["unlocked"]


@pytest.mark.rule("NO-R46")
def test_update_mode_ends_by_itself(company: Caller) -> None:
    company.unlock(YARD, "/fwupdate/")
    company.pass_time(60)
    assert not company.device(YARD).load_firmware()["updated"]
    assert company.unlock(YARD)


@pytest.mark.rule("NO-R47")
def test_fwupdate_unlocks_nothing(company: Caller) -> None:
    contact = company.approach(YARD, "/fwupdate/")
    assert not contact.unlocked
    assert contact.responses
    assert not company.device(YARD).state["unlocked"]
