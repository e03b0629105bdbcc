"""/lock/: filters, products, batteries, and what the server knows of a lock."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.errors import Impossible
from locksim.noke.products import FAMILIES, at_least
from locksim.noke.seed import (
    ALICES_FOB,
    BOAT_SHED,
    CABINET,
    CRATE,
    GATE,
    LOADING_DOCK,
    LOBBY,
    SIDE_DOOR,
    TRAILER,
    UNIT_12,
    YARD,
)
from tests.noke.caller import Caller


@pytest.mark.rule("NO-R121")
@pytest.mark.rule("NO-R22")
def test_locks_that_fit_either_array_are_shown_and_without_any_all(company: Caller) -> None:
    def macs(body: Any) -> list[str]:
        return [lock["mac"] for lock in company.post("/lock/", body).data["locks"]]

    everything = [YARD, UNIT_12, BOAT_SHED, LOADING_DOCK, SIDE_DOOR, LOBBY, TRAILER]
    assert macs(None) == macs({}) == macs({"macs": [], "serials": []}) == everything
    serial = company.record(LOBBY).serial
    assert macs({"macs": [TRAILER, YARD]}) == [YARD, TRAILER]
    assert macs({"serials": [serial]}) == [LOBBY]
    assert macs({"macs": [YARD], "serials": [serial]}) == [YARD, LOBBY]


@pytest.mark.rule("NO-R23")
def test_an_unknown_mac_or_serial_fits_nothing(company: Caller) -> None:
    assert company.post("/lock/", {"macs": [GATE, "nonsense"], "serials": ["1"]}).data == {"locks": []}


@pytest.mark.rule("NO-R24")
def test_a_new_lock_waits_for_its_set_up(company: Caller, examples: Any) -> None:
    new, old = company.listed(TRAILER), company.listed(YARD)
    assert list(old) == examples["objects"]["lock"]
    assert (new["status"], new["setup_count"], new["internal_battery"]) == ("setup", 0, 0)
    assert (old["status"], old["setup_count"], old["internal_battery"]) == ("ready", 1, 2975)
    company.unlock(TRAILER)
    assert (company.listed(TRAILER)["status"], company.listed(TRAILER)["setup_count"]) == ("ready", 1)


@pytest.mark.rule("NO-R123")
@pytest.mark.rule("NO-R25")
def test_flags_are_none_or_what_must_be_synced(company: Caller) -> None:
    assert company.listed(YARD)["flags"] == "none"
    assert company.listed(TRAILER)["flags"] == ["keys"]
    company.issue_click(YARD, "000")
    assert company.listed(YARD)["flags"] == ["quick-clicks"]
    company.issue_key(YARD, "alice")
    body = {"macs": [YARD], "settings": {"explicit-lock": True}}
    company.post("/lock/settings/", body, server="production-pre-release")
    assert company.listed(YARD)["flags"] == ["keys", "quick-clicks", "settings"]
    company.unlock(YARD)
    assert company.listed(YARD)["flags"] == "none"


@pytest.mark.rule("NO-R112")
def test_settings_are_empty_for_a_lock_that_takes_none(company: Caller) -> None:
    assert company.listed(YARD)["settings"] == {"explicit-lock": False}
    assert company.listed(TRAILER)["settings"] == company.listed(UNIT_12)["settings"] == {}


@pytest.mark.rule("NO-R124")
@pytest.mark.rule("NO-R26")
@pytest.mark.rule("NO-R27")
def test_the_default_world_has_every_documented_product_and_the_hd_padlock(company: Caller, examples: Any) -> None:
    listed = {lock["hw_version"] for lock in company.post("/lock/").data["locks"]}
    assert listed == set(FAMILIES) == {*examples["products"], "3p"}
    assert company.listed(YARD)["hw_version"] == "3p"
    assert Caller("sandbox").listed(GATE)["hw_version"] == "3p"


@pytest.mark.rule("NO-R28")
@pytest.mark.parametrize(
    ("mac", "clicks", "keys"),
    [(YARD, True, True), (UNIT_12, True, True), (BOAT_SHED, True, True), (LOADING_DOCK, True, True),
     (SIDE_DOOR, False, True), (LOBBY, False, False)],
)  # fmt: skip
def test_not_every_family_takes_quick_clicks_and_keys(company: Caller, mac: str, clicks: bool, keys: bool) -> None:
    assert company.issue_click(mac, "000").code == (0 if clicks else 3)
    issue = {"issue": [{"macs": [mac], "tracking_keys": ["a"]}]}
    assert company.post("/keys/", issue).code == (0 if keys else 3)
    assert company.issue_to_fob(ALICES_FOB, mac, "b").code == (0 if keys else 3)


@pytest.mark.rule("NO-R29")
def test_batteries_on_the_documents_scale_reach_the_api_as_they_are(company: Caller, examples: Any) -> None:
    for millivolts, level in examples["battery"].items():
        company.device(YARD).battery(millivolts=int(millivolts))
        company.command(YARD)
        shown = company.listed(YARD)["internal_battery"]
        assert shown == int(millivolts) == 2825 + 25 * level
    assert len(examples["battery"]) == 7


@pytest.mark.rule("NO-R30")
@given(st.integers(2000, 65_535))
def test_a_session_tells_the_battery_and_the_server_reads_it(millivolts: int) -> None:
    company = COMPANY.fork()
    company.device(YARD).battery(millivolts=millivolts)
    session = company.wake(YARD)
    assert bytes.fromhex(session)[2:4] == millivolts.to_bytes(2, "little")
    assert company.listed(YARD)["internal_battery"] == 2975
    company.command(YARD, session=session)
    assert company.listed(YARD)["internal_battery"] == millivolts


COMPANY = Caller()


@pytest.mark.rule("NO-R30")
def test_the_documents_sample_session_is_of_2820_millivolts(company: Caller) -> None:
    company.command(YARD, session="0000040ba7b0d91f7f45ad25698a18375c7e4f16")
    assert company.listed(YARD)["internal_battery"] == 2820


@pytest.mark.rule("NO-R31")
def test_external_battery_and_firmware_reach_the_server_by_upload(company: Caller) -> None:
    company.device(LOADING_DOCK).battery(external=12_000)
    contact = company.approach(LOADING_DOCK)
    assert company.listed(LOADING_DOCK)["external_battery"] == 0
    company.upload(contact)
    assert company.listed(LOADING_DOCK)["external_battery"] == 12_000


@pytest.mark.rule("NO-R32")
def test_a_flat_lock_and_a_flat_fob_do_nothing(company: Caller) -> None:
    key = company.issue_key(YARD, "alice")
    company.issue_click(YARD, "000")
    company.issue_to_fob(ALICES_FOB, YARD, "fob")
    company.sync(ALICES_FOB)
    company.unlock(YARD)
    company.device(YARD).battery(millivolts=1999)
    assert company.wake(YARD) == ""
    assert not company.unlock_offline(YARD, key).unlocked
    assert not company.touch(ALICES_FOB, YARD)
    assert not company.click(YARD, "000")
    with pytest.raises(Impossible, match="is flat"):
        company.device(YARD).notice()
    company.device(YARD).battery(millivolts=2000)
    assert company.touch(ALICES_FOB, YARD)
    fob = company.device(ALICES_FOB)
    session = fob.squeeze()["session"]
    commands = company.post("/fobs/sync/", {"mac": ALICES_FOB, "session": session}).data["commands"]
    assert fob.battery(millivolts=1999) == {"battery": 1999}
    assert not fob.state["awake"]
    assert fob.deliver(commands=commands)["responses"] == []
    assert fob.squeeze() == {"session": ""}
    assert not company.touch(ALICES_FOB, YARD)
    fob.battery(millivolts=2000)
    assert company.touch(ALICES_FOB, YARD)


@pytest.mark.rule("NO-R32")
def test_a_lock_that_goes_flat_while_unlocked_engages_only_after_it_has_power_again(company: Caller) -> None:
    company.unlock(YARD)
    company.pass_time(2)
    company.device(YARD).battery(millivolts=1000)
    remembered = company.device(YARD).state["happened"]
    company.pass_time(3600)
    assert company.device(YARD).state["unlocked"]
    assert company.device(YARD).shackle(to="pulled") == {"shackle": "pulled", "unlocked": True}
    assert company.device(YARD).shackle(to="in") == {"shackle": "in", "unlocked": True}
    assert company.device(YARD).state["happened"] == remembered
    company.device(YARD).battery(millivolts=2975)
    assert not company.device(YARD).state["unlocked"]
    company.unlock(YARD)
    assert [line["action"] for line in company.activity()] == ["unlocked", "locked", "unlocked"]


@pytest.mark.rule("NO-R32")
def test_a_flat_lock_leaves_update_mode(company: Caller) -> None:
    company.unlock(YARD, "/fwupdate/")
    company.device(YARD).battery(millivolts=1000)
    assert company.device(YARD).state["led"] == "off"
    assert not company.device(YARD).load_firmware()["updated"]
    company.device(YARD).battery(millivolts=2975)
    assert company.device(YARD).state["led"] == "off"


@pytest.mark.rule("NO-R107")
def test_an_external_battery_powers_a_lock_whose_internal_one_is_flat(company: Caller) -> None:
    company.device(YARD).battery(millivolts=0, external=1999)
    assert company.wake(YARD) == ""
    company.device(YARD).battery(external=9000)
    assert company.unlock(YARD, "/unshackle/")
    assert (company.listed(YARD)["internal_battery"], company.listed(YARD)["external_battery"]) == (0, 9000)
    company.device(YARD).shackle(to="out")
    company.device(YARD).battery(external=0, replaced=True)
    assert company.unlock(YARD)
    assert company.listed(YARD)["internal_battery"] == 3000


@pytest.mark.parametrize(
    ("version", "enough"), [("4.25", True), ("4.3", False), ("4.30", True), ("5", True), ("4.24.9", False)]
)
@pytest.mark.rule("NO-R125")
def test_versions_compare_by_numbers(version: str, enough: bool) -> None:
    assert at_least(version, "4.25") == enough


def test_the_sandbox_has_locks_of_its_own() -> None:
    locks = Caller("sandbox").post("/lock/").data["locks"]
    assert [lock["mac"] for lock in locks] == [GATE, CABINET, CRATE]
