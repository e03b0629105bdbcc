"""The reference client at a live server keeps every law, changes only what was allowed, and opens nothing."""

from __future__ import annotations

import pytest

import lockpact
from lockpact.core.verdict import Judge
from lockpact.driving.driver import Driver, implements
from lockpact.live.stage import Limits, LiveStage
from lockpact.noke import PACT
from lockpact.noke.live import drive
from lockpact.noke.reference import Reference

NAMED = ("POST /keys/", "POST /qc/issue/", "POST /qc/revoke/")


@pytest.mark.parametrize("allow", [frozenset(), frozenset(NAMED), frozenset({*PACT.live.destructive, "*"})])
def test_only_allowed_operations_are_sent_to_a_live_server(allow: frozenset[str]) -> None:
    with lockpact.site("noke") as noke, noke.world.intercept():
        limits = Limits(lambda path, method="POST": PACT.live.allowed(path, allow, method))
        stage = LiveStage(PACT, noke.url, limits)
        judge = Judge(PACT.laws, "results", lambda method: implements(PACT, Reference, method), errors=PACT.errors)
        drive(Driver(PACT, Reference, stage, judge), noke.credentials, limits.allows, "")
        stage.close()
        asked = {f"{entry.input.method} {entry.input.target}" for entry in noke.journal.requests()}  # type: ignore[union-attr]
    assert not judge.breaches
    assert not judge.unexpected_errors
    assert asked <= PACT.live.reads | allow
    assert {"POST /lock/", "POST /activity/"} <= asked
    assert (set(NAMED) <= asked) is bool(allow)
    assert {law for law in judge.judged if law in ("NO-RESULT-1", "NO-ENV-1", "NO-BATT-1")}


def test_keys_come_from_connection_info_or_from_a_file_of_one_server() -> None:
    alone = {"api_key": "private", "mobile_api_key": "mobile"}
    assert PACT.live.auth({"sandbox": alone, "production": {"api_key": "x"}}) == PACT.live.auth(alone)
    assert PACT.secrets({"sandbox": alone, "production": {"api_key": "x"}}) == ["private", "mobile", "x"]
    assert PACT.live.refused is not None
    assert PACT.live.refused(200, b'{"result": "failure"}')
    assert not PACT.live.refused(200, b"[]")
    assert not PACT.live.refused(500, b'{"result": "failure"}')
