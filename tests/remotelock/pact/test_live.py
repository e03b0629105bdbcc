"""The reference client against a server in another process: what it sends, and what the laws find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lockpact.core.pact import RequestFilter
from lockpact.core.traffic import Exchange
from lockpact.core.verdict import Judge
from lockpact.driving.driver import Driver, implements
from lockpact.live.stage import Limits, LiveStage
from lockpact.remotelock import PACT
from lockpact.remotelock.live import drive, sign_in
from lockpact.remotelock.reference import Reference
from locksim.remotelock import VENDOR
from locksim.server.run import serving


@pytest.fixture(scope="module")
def ready() -> Iterator[dict[str, Any]]:
    with serving([VENDOR], seed=7, clock="auto") as ready:
        yield ready["vendors"]["remotelock"]


def driven(ready: dict[str, Any], may: RequestFilter) -> tuple[Judge, list[Exchange]]:
    """Return everything that the reference client does there."""
    judge = Judge(PACT.laws, "results", lambda method: implements(PACT, Reference, method), errors=PACT.errors)
    stage = LiveStage(PACT, ready["url"], Limits(may))
    driver = Driver(PACT, Reference, stage, judge)
    try:
        drive(driver, ready["credentials"], may, PACT.callback_url)
    finally:
        stage.close()
    return judge, [x for step in driver.steps for x in step.traffic]


def test_a_read_only_run_sends_only_reads(ready: dict[str, Any]) -> None:
    _, traffic = driven(ready, lambda path, method="GET": PACT.live.allowed(path, frozenset(), method))
    assert {(x.method, x.path) for x in traffic if x.method != "GET"} == {("POST", "/oauth/token")}
    assert {x.status for x in traffic} <= {200, 404}


def test_where_all_is_allowed_the_laws_that_need_no_truth_are_kept(ready: dict[str, Any]) -> None:
    judge, _ = driven(ready, lambda path, method="GET": True)
    outcomes = {verdict.law.id: verdict.outcome for verdict in judge.verdicts()}
    assert "broken" not in outcomes.values()
    assert {law for law, outcome in outcomes.items() if outcome == "kept"} >= {
        "RL-PAGE-1", "RL-STATUS-1", "RL-ERR-1", "RL-VERS-1", "RL-DEACT-1", "RL-SECRET-1",
    }  # fmt: skip


def test_signing_in_gives_a_token_that_the_api_takes(ready: dict[str, Any]) -> None:
    token = sign_in(ready["url"], ready["credentials"])["token"]
    assert PACT.live.auth({"token": token}) == {"token": {"bearer": token}}
    assert sign_in(ready["url"], {"token": "mine"}) == {"token": "mine"}
