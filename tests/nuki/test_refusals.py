"""The body of a refusal, and its near miss in the journal."""

from __future__ import annotations

import pytest

from locksim.nuki import VENDOR
from locksim.nuki.seed import FRONT_DOOR
from tests.nuki.caller import Caller

TEXTS = {
    400: "HTTP 400 Bad Request",
    401: "HTTP 401 Unauthorized",
    403: "HTTP 403 Forbidden",
    404: "HTTP 404 Not Found",
    405: "HTTP 405 Method Not Allowed",
    503: "HTTP 503 Unavailable",
}


def refusals(bridge: Caller) -> dict[int, bytes]:
    """Return the body of each status with which a bridge can refuse."""
    bridge.get("/configAuth", enable=0)
    bridge.begin("/lockAction", nukiId=FRONT_DOOR, action=1)
    busy = bridge.get("/list")
    bridge.pass_time(5)
    bridge.lock(FRONT_DOOR).range()
    replies = [
        busy,
        bridge.get("/configAuth", enable=2),
        bridge.get("/list", token="wrong"),
        bridge.get("/auth"),
        bridge.get("/unpair", nukiId=1),
        bridge.get("/list", "POST"),
        bridge.get("/lockState", nukiId=FRONT_DOOR),
    ]
    return {reply.status: reply.body for reply in replies if reply.status != 200}


@pytest.mark.rule("NK-R10")
def test_bodies_are_empty_where_the_document_shows_none(bridge: Caller) -> None:
    assert refusals(bridge) == dict.fromkeys(TEXTS, b"")


@pytest.mark.rule("NK-R11")
@pytest.mark.rule("NK-R12")
def test_later_firmware_sends_status_and_reason_as_text(later: Caller) -> None:
    assert refusals(later) == {status: text.encode() for status, text in TEXTS.items()}


def test_every_refusal_leaves_one_sentence_in_the_journal(bridge: Caller) -> None:
    refused = refusals(bridge)
    assert len(bridge.misses) == len(refused)
    assert not any(bridge.token in sentence for sentence in bridge.misses)


@pytest.mark.parametrize("name", VENDOR.refusals)
def test_an_injected_refusal_looks_like_the_bridges_own(bridge: Caller, name: str) -> None:
    bridge.site.faults.inject({"kind": "refuse", "name": name}, path="/list", times=1)
    reply = bridge.get("/list")
    if name == "failure":
        assert reply.json == {"success": False}
    else:
        assert reply.status in TEXTS
        assert reply.body == b""
    assert bridge.get("/list").status == 200


@pytest.mark.rule("NK-R127")
@pytest.mark.parametrize("path", ["/callback/add", "/callback/remove"])
def test_an_injected_failure_of_a_callback_operation_says_why(bridge: Caller, path: str) -> None:
    bridge.site.faults.inject({"kind": "refuse", "name": "failure"}, path=path, times=1)
    assert bridge.get(path, url="http://receiver.test/").json == {"success": False, "message": "injected fault"}


def test_a_defect_of_the_simulator_is_answered_as_503(bridge: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locksim.nuki.serialization.render_list", None)
    assert bridge.get("/list").status == 503
