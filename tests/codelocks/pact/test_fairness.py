"""What the pact's campaigns once found in the reference client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lockpact.codelocks import PACT
from lockpact.codelocks.port import Lock, Stay
from lockpact.codelocks.reference import Reference
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
