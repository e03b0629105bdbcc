"""The audit: what a lock has reported, and when it reports."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.codelocks.seed import ANNEXE, DENNIS, HUGH, KARL, MAIN_DOOR, MARY
from locksim.codelocks.state import EVENT_LIMIT
from tests.codelocks.caller import Caller

WHEN = "2026-01-05 08:00"


def types(api: Caller, lock: str = MAIN_DOOR) -> list[str]:
    return [str(entry["EntryType"]) for entry in api.audit(lock)]


@pytest.mark.rule("CL-R117")
@pytest.mark.rule("CL-R120")
@pytest.mark.rule("CL-R121")
def test_a_lock_reports_by_bluetooth(api: Caller) -> None:
    code, lock = api.code(MAIN_DOOR, WHEN), api.device(MAIN_DOOR)
    lock.enter_netcode(code=code)
    lock.enter_netcode(code="000000")
    assert types(api) == []
    assert lock.state["unheard"] == 2
    assert lock.sync() == {"heard": 2}
    assert types(api) == ["NETCODE_UNLOCK", "NETCODE_REFUSED"]
    assert all(code not in entry["EntryText"] for entry in api.audit(MAIN_DOOR))
    lock.enter_netcode(code=code)
    assert len(types(api)) == 2
    lock.unlock_by_phone(phone=MARY)
    assert types(api)[2:] == ["NETCODE_UNLOCK", "PHONE_UNLOCK"]
    lock.unlock_by_phone(phone=KARL)
    assert types(api)[4:] == []
    lock.sync()
    assert types(api)[4:] == ["PHONE_REFUSED"]
    assert api.audit(MAIN_DOOR)[-1]["EntryText"] == f"Smart Phone {KARL}"


@pytest.mark.rule("CL-R139")
def test_a_refused_phone_reports_nothing(api: Caller) -> None:
    lock = api.device(MAIN_DOOR)
    lock.enter_netcode(code="000000")
    assert lock.unlock_by_phone(phone=KARL)["opened"] is False
    assert (types(api), lock.state["unheard"]) == ([], 2)
    assert api.k3connect(MAIN_DOOR).json["BatteryUpdated"] == "2026-01-04T08:00:00"
    assert lock.unlock_by_phone(phone=MARY)["opened"] is True
    assert types(api) == ["NETCODE_REFUSED", "PHONE_REFUSED", "PHONE_UNLOCK"]


@pytest.mark.rule("CL-R117")
@pytest.mark.rule("CL-R139")
def test_a_lock_with_a_gateway_reports_at_once(api: Caller) -> None:
    lock = api.device(MAIN_DOOR)
    lock.enter_netcode(code="000000")
    assert lock.gateway() == {"gateway": True}
    assert types(api) == ["NETCODE_REFUSED"]
    lock.enter_netcode(code="000000")
    assert types(api) == ["NETCODE_REFUSED"] * 2
    assert lock.gateway(on=False) == {"gateway": False}
    lock.enter_netcode(code="000000")
    assert types(api) == ["NETCODE_REFUSED"] * 2


@pytest.mark.rule("CL-R118")
@pytest.mark.rule("CL-R140")
def test_all_four_parameters_are_required_and_the_page_order_is_checked(api: Caller) -> None:
    query = {"page": 1, "perpage": 5, "pageorder": "DESCENDING"}
    assert api.k3connect(MAIN_DOOR, "/audit", **query).status == 200
    for name in query:
        assert api.k3connect(MAIN_DOOR, "/audit", **{n: v for n, v in query.items() if n != name}).status == 404
    assert api.k3connect(MAIN_DOOR, "/audit", **(query | {"pageorder": "asc"})).status == 400


@pytest.mark.rule("CL-R118")
@pytest.mark.rule("CL-R119")
@given(st.integers(0, 12), st.integers(1, 5))
def test_the_pages_together_are_the_whole_audit_in_both_orders(events: int, perpage: int) -> None:
    api = Caller()
    for _ in range(events):
        api.device(ANNEXE).unlock_by_phone(phone=HUGH)
    api.device(ANNEXE).sync()
    entries = api.audit(ANNEXE)
    assert len(entries) == events
    for order, expected in (("ascending", entries), ("descending", entries[::-1])):
        pages = [api.audit(ANNEXE, page, perpage, order) for page in range(1, events // perpage + 3)]
        assert [entry for page in pages for entry in page] == expected
    ids = [entry["AuditEntryID"] for entry in entries]
    assert ids == list(range(730001, 730001 + events))


@pytest.mark.rule("CL-R119")
def test_an_entry_keeps_its_id_and_the_oldest_are_dropped(api: Caller, examples: Any) -> None:
    lock = api.device(ANNEXE)
    lock.gateway(on=True)
    lock.unlock_by_phone(phone=DENNIS)
    (first,) = api.audit(ANNEXE)
    assert list(first) == list(examples["answers"]["/u/1/k3connect/{id}/audit"][0])
    assert (first["LockID"], first["DateEntered"]) == (ANNEXE, "2026-01-05T03:00:00")
    for _ in range(EVENT_LIMIT):
        lock.enter_netcode(code="000000")
    kept = api.audit(ANNEXE, perpage=1000)
    assert len(kept) == EVENT_LIMIT
    assert kept[0]["AuditEntryID"] == first["AuditEntryID"] + 1
    assert "PHONE_REFUSED" not in types(api, ANNEXE)


@pytest.mark.rule("CL-R119")
def test_an_event_that_is_dropped_before_a_sync_is_never_reported(api: Caller) -> None:
    lock = api.device(ANNEXE)
    for n in range(EVENT_LIMIT + 5):
        lock.enter_netcode(code=f"{n:06d}")
    assert lock.sync() == {"heard": EVENT_LIMIT}
    assert api.audit(ANNEXE, perpage=1)[0]["AuditEntryID"] == 730001 + 5


@pytest.mark.rule("CL-R119")
def test_unreported_events_stay_unreported_when_the_oldest_are_dropped(api: Caller) -> None:
    lock = api.device(ANNEXE)
    for _ in range(3):
        lock.enter_netcode(code="000000")
    lock.sync()
    for _ in range(EVENT_LIMIT - 1):
        lock.enter_netcode(code="000000")
    assert [entry["AuditEntryID"] for entry in api.audit(ANNEXE)] == [730003]
    assert lock.state["unheard"] == EVENT_LIMIT - 1
