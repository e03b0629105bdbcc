"""What the pact's campaigns once found in the reference client, and clients that the laws once accused wrongly."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from lockpact.codelocks import PACT
from lockpact.codelocks.laws.quota import does_not_pay_twice
from lockpact.codelocks.port import CredentialError, Lock, QuotaSpent, Stay, Unavailable
from lockpact.codelocks.reference import Reference
from lockpact.codelocks.truth import CodelocksStep
from lockpact.core.step import Step
from lockpact.core.traffic import Exchange, Traffic
from lockpact.driving.check import first_breach
from lockpact.simulators.stage import WorldStage


@pytest.fixture
def stage() -> Iterator[WorldStage]:
    stage = WorldStage(PACT)
    yield stage
    stage.close()


def test_a_kitlock_whose_house_is_in_another_time_zone_has_the_same_codes(stage: WorldStage) -> None:
    known = next(lock for lock in stage.handles.state.kitlocks if lock.model == "KL1060" and lock.timecode)
    lock = Lock(known.model, known.timecode, known.identifier, "Europe/London")
    client = stage.make(Reference, stage.connection(stage.handles.credentials)).result
    arrival = datetime(2026, 1, 7, 10)  # noqa: DTZ001 - a wall clock time
    london = stage.call(client.show, Stay("a", lock, arrival, arrival + timedelta(hours=8)))
    there, earlier = replace(lock, zone="America/New_York"), arrival - timedelta(hours=5)
    new_york = stage.call(client.show, Stay("b", there, earlier, earlier + timedelta(hours=8)))
    assert london.result == new_york.result
    assert (len(london.traffic), len(new_york.traffic)) == (1, 0)


class RetriesAtOnce(Reference):
    """Retries without a pause, as some HTTP libraries do. In the world's time, all requests begin at one instant."""

    def _get(self, path: str, **query: Any) -> Any:
        for _ in range(2):
            with suppress(Unavailable):
                return self._request("GET", path, params=query)
        return self._request("GET", path, params=query)


def test_a_retry_without_a_pause_that_is_refused_at_last_is_not_a_repeated_refused_request() -> None:
    found = first_breach(PACT, RetriesAtOnce, partial(WorldStage, PACT), "CL-ERR-1", numbers=range(10))
    assert found is None, found.sentence


def show_step(error: Exception, *answers: tuple[int, bytes]) -> CodelocksStep:
    """Return a step whose requests, each for another code, all began at one instant."""
    requests = [
        Exchange("codelocks", "", "GET", f"/n/1/netcode/1?start={n}", began=7, ended=7, status=status, answer=body)
        for n, (status, body) in enumerate(answers)
    ]
    return Step(1, "show", {}, {}, 7, 7, None, error, Traffic(requests))


def test_the_requests_before_the_quota_was_used_up_are_not_counted_as_later_ones() -> None:
    code = 200, b'{"ActualNetcode": "0123456"}'
    assert does_not_pay_twice(show_step(QuotaSpent("used up"), *[code] * 5, (429, b"{}"))) is None


def test_what_the_last_answer_says_counts_after_a_429() -> None:
    assert does_not_pay_twice(show_step(CredentialError("refused"), (429, b"{}"), (403, b"{}"))) is None
    with pytest.raises(AssertionError, match="expected QuotaSpent"):
        does_not_pay_twice(show_step(CredentialError("refused"), (403, b"{}"), (429, b"{}")))


def test_a_refusal_that_passes_and_the_codes_after_it_are_no_hammering() -> None:
    code = 200, b'{"ActualNetcode": "0123456"}'
    requests = [
        Exchange("codelocks", "", "GET", f"/n/1/netcode/1?start={n}", began=n, ended=n, status=status, answer=body)
        for n, (status, body) in enumerate([code, (429, b"{}"), *[code] * 6])
    ]
    assert (
        does_not_pay_twice(Step(1, "show", {}, {"fault": "limit_exceeded"}, 0, 9, [], None, Traffic(requests))) is None
    )


class RetriesARefusedCode(Reference):
    """Tries once more a second after a 429, which may have passed."""

    def _get(self, path: str, **query: Any) -> Any:
        try:
            return super()._get(path, **query)
        except QuotaSpent:
            time.sleep(1)
            return super()._get(path, **query)


def test_a_client_that_tries_once_more_after_a_429_is_not_accused() -> None:
    found = first_breach(PACT, RetriesARefusedCode, partial(WorldStage, PACT), "CL-QUOTA-1", numbers=range(20))
    assert found is None, found.sentence
