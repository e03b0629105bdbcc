"""The checks before an operation, and their order."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.noke.errors import (
    BadInput,
    BadKey,
    Internal,
    NokeError,
    NotLive,
    UnknownEndpoint,
    UnknownLock,
    UnlockFailed,
    Unreadable,
    WrongMethod,
)
from locksim.noke.operations import API
from locksim.noke.seed import ALICES_FOB, YARD
from tests.noke.caller import Caller

READS = ["/lock/", "/qc/display/", "/fobs/display/", "/keys/", "/activity/", "/qc/"]


@pytest.mark.rule("NO-R11")
def test_a_failure_has_status_200(company: Caller) -> None:
    reply = company.post("/unlock/", {})
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    assert list(reply.json) == ["result", "message", "error_code", "request", "api_version"]
    assert (reply.json["result"], reply.json["error_code"]) == ("failure", 3)
    assert reply.json["message"] == company.misses[0] == "mac must be a text"


@pytest.mark.rule("NO-R12")
def test_each_failure_has_its_documented_code() -> None:
    codes = {Internal: 1, BadKey: 2, BadInput: 3, WrongMethod: 4, UnknownEndpoint: 5, NotLive: 5, UnknownLock: 7,
             UnlockFailed: 100, Unreadable: 101, NokeError: 99}  # fmt: skip
    assert {kind: kind.code for kind in codes} == codes


@pytest.mark.rule("NO-R12")
@pytest.mark.parametrize(
    ("name", "code", "status"),
    [("failure", 1, 200), ("bad_key", 2, 200), ("bad_input", 3, 200), ("not_found", 7, 200), ("unknown", 99, 200),
     ("unlock_failed", 100, 200), ("upload_failed", 101, 200), ("unavailable", 1, 503)],
)  # fmt: skip
def test_an_injected_failure_has_the_vendors_form(company: Caller, name: str, code: int, status: int) -> None:
    company.site.faults.inject({"kind": "refuse", "name": name}, times=1)
    reply = company.post("/lock/", {})
    assert (reply.status, json.loads(reply.body)["error_code"]) == (status, code)
    assert company.post("/lock/", {}).code == 0


@pytest.mark.rule("NO-R13")
def test_checks_come_in_their_order(company: Caller) -> None:
    """Each request breaks all checks after the one that refuses it."""
    bearer = (("Authorization", f"Bearer {company.key()}"),)
    assert company.send("/nothing", b"[", method="GET").code == 5
    assert company.send("/engagelock", b"[", method="GET").code == 4
    assert company.send("/engagelock", b"[").code == 5
    assert company.send("/unlock", b"[").code == 2
    assert company.send("/unlock", b"[", bearer).code == 3
    assert company.send("/unlock", b'{"mac": "none", "session": "1"}', bearer).code == 3
    assert company.post("/unlock", {"mac": "none", "session": "0" * 40}).code == 7


@pytest.mark.rule("NO-R13")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/keys/", {"issue": [{"macs": [YARD], "tracking_keys": ["a"]}, {"macs": [YARD]}]}),
        ("/keys/", {"issue": [{"macs": [YARD], "tracking_keys": ["a"]}], "revoke": [{}]}),
        ("/keys/", {"issue": [{"macs": [YARD], "tracking_keys": ["a"]}], "display": 1}),
        ("/qc/issue/", {"mac": YARD, "quick_clicks": [{"code": "000", "uses": 1}, {"code": "111"}]}),
        ("/qc/", {"issue": [{"mac": YARD, "quick_clicks": [{"code": "000", "uses": 1}]}], "display": {"macs": ["x"]}}),
        ("/fobs/issue/", {"fob_mac": ALICES_FOB, "locks": [{"mac": YARD}, {"tracking_key": "a"}]}),
        ("/upload/", {"logs": [{"mac": YARD, "session": "0" * 40, "received_time": 1, "responses": []}, {}]}),
    ],
)
def test_a_request_that_fails_as_a_whole_changes_nothing(company: Caller, path: str, body: Any) -> None:
    before = msgspec.msgpack.encode(company.state)
    assert company.post(path, body).code in (3, 7)
    assert msgspec.msgpack.encode(company.state) == before
    assert company.listed(YARD)["flags"] == "none"


@pytest.mark.rule("NO-R14")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["/lock/", "/activity/", "/upload"])
def test_every_call_is_a_post(company: Caller, method: str, path: str) -> None:
    assert company.send(path, b"{}", method=method).code == 4


@pytest.mark.rule("NO-R15")
@pytest.mark.parametrize("path", READS)
def test_a_path_may_end_with_a_slash_or_not(company: Caller, path: str) -> None:
    assert company.post(path, {}).json == company.post(path.rstrip("/"), {}).json
    assert company.post(path + "/", {}).code == 5


@pytest.mark.rule("NO-R16")
@pytest.mark.parametrize("kind", [None, "application/json; charset=utf-8", "text/plain", "nonsense"])
def test_no_content_type_is_required(company: Caller, kind: str | None) -> None:
    headers = (("Authorization", f"Bearer {company.key()}"), *((("Content-Type", kind),) if kind else ()))
    assert company.send("/lock/", b'{"macs": []}', headers).code == 0


@pytest.mark.rule("NO-R17")
@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", 0), (b" \n", 0), (b"{}", 0), (b"[]", 3), (b"null", 3), (b'"a"', 3), (b"{", 3), (b"{//all\n}", 3),
     (b"\xff\xfe", 3), (b'{"macs": NaN}', 3), (b"[" * 100_000, 3), (b'{"macs": ["\\ud800"]}', 3)],
)  # fmt: skip
def test_the_body_is_an_object_or_nothing(company: Caller, body: bytes, code: int) -> None:
    assert company.send("/lock/", body, (("Authorization", f"Bearer {company.key()}"),)).code == code


@pytest.mark.rule("NO-R18")
def test_unknown_fields_are_ignored_and_null_is_absent(company: Caller) -> None:
    plain = company.post("/lock/", {}).json
    assert company.post("/lock/", {"macs": None, "serials": [], "colour": {"any": 1}}).json == plain
    filters = dict.fromkeys(("lock_macs", "actions", "tracking_keys", "before", "after"))
    assert company.post("/activity/", filters).data == {"activity": []}


@pytest.mark.rule("NO-R19")
def test_macs_are_taken_in_any_case_and_answered_in_capitals(company: Caller) -> None:
    low, fob = YARD.lower(), ALICES_FOB.lower()
    assert company.listed(low)["mac"] == YARD
    assert company.post("/unlock/", {"mac": low, "session": company.wake(YARD)}).code == 0
    assert company.issue_click(low, "000").data[0]["mac"] == YARD
    company.issue_key(low, "alice")
    assert company.post("/keys/", {"display": {"macs": [low]}}).data["locks"][0]["mac"] == YARD
    assert company.issue_to_fob(fob, low, "a").data[0]["fob"] == ALICES_FOB
    assert company.revoke_from_fob(fob, low).data[0]["locks"][0]["mac"] == YARD
    assert company.activity(lock_macs=[low]) == []


@pytest.mark.rule("NO-R20")
def test_answers_have_the_samples_keys_in_their_order(company: Caller, examples: Any) -> None:
    calls: dict[str, tuple[str, Any]] = {
        "lock": ("/lock/", {}),
        "unlock": ("/unlock/", {"mac": YARD, "session": company.wake(YARD)}),
        "engagelock": ("/engagelock/", {"mac": YARD, "session": "0" * 40}),
        "fwupdate": ("/fwupdate/", {"mac": YARD, "session": "0" * 40}),
        "lock/settings": ("/lock/settings/", {"macs": [YARD], "settings": {"explicit-lock": False}}),
        "qc/issue": ("/qc/issue/", {"mac": YARD, "quick_clicks": [{"code": "000", "uses": 1}]}),
        "qc/display": ("/qc/display/", {}),
        "fobs/issue": ("/fobs/issue/", {"fob_mac": ALICES_FOB, "locks": [{"mac": YARD}]}),
        "fobs/revoke": ("/fobs/revoke/", {"fob_mac": ALICES_FOB, "lock_macs": [YARD]}),
        "fobs/display": ("/fobs/display/", {}),
        "fobs/sync": ("/fobs/sync/", {"mac": ALICES_FOB, "session": "0" * 40}),
        "activity": ("/activity/", {}),
    }
    assert calls.keys() == examples["answers"].keys()
    for name, (path, body) in calls.items():
        answer = company.post(path, body, server="production-pre-release").json
        assert list(answer) == examples["answers"][name], name
        assert answer["request"] == examples["requests"].get(name, name)
        assert answer["message"] == "Command successfully completed"


NAMES = [
    "mac", "macs", "serials", "session", "tracking_key", "tracking_keys", "issue", "revoke", "display", "code", "uses",
    "quick_clicks", "fob_mac", "fob_macs", "lock_macs", "locks", "logs", "responses", "received_time", "before", "actions",
    "settings", "api_version",
]  # fmt: skip
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
    | st.sampled_from([YARD, ALICES_FOB, "0" * 40, "000"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.rule("NO-R21")
@given(path=st.sampled_from(sorted(API.paths)), body=ODD)
@settings(deadline=None)
def test_every_request_gets_an_answer_in_the_vendors_form(path: str, body: Any) -> None:
    caller = COMPANY.fork()
    answer = caller.post(path, body, server="production-pre-release").json
    assert answer["result"] in ("success", "failure")
    assert not [entry.failed for entry in caller.world.core.journal if entry.failed]


COMPANY = Caller()
