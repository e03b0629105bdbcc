"""The simulator answers as its OpenAPI document says, to generated requests."""

from __future__ import annotations

from collections import Counter

import pytest

import locksim
from locksim.nuki.seed import FRONT_DOOR
from tests import fuzz

EXAMPLES = max(1, fuzz.EXAMPLES // 3)


@pytest.mark.fuzz
def test_every_operation_answers_as_its_document_says() -> None:
    statuses = fuzzed()
    assert len(statuses) == 16
    assert statuses["GET /lockAction"].total() > EXAMPLES
    # A run that was always refused by the first checks would prove nothing.
    assert set().union(*statuses.values()) == {200, 400, 401, 404, 405}


@pytest.mark.fuzz
def test_every_operation_on_a_known_lock_answers_as_its_document_says() -> None:
    statuses = fuzzed({"nukiId": str(FRONT_DOOR)})
    assert [name for name, answered in statuses.items() if not answered[200]] == []


def fuzzed(known: dict[str, str] | None = None) -> dict[str, Counter[int]]:
    world = locksim.World(seed=7, vendors=["nuki"])
    token = world.site("nuki").credentials["token"]
    world.ask("nuki", "bridge", "GET", f"/callback/add?url=http%3A%2F%2F192.168.1.9%2F&token={token}")
    statuses = fuzz.run(world, "nuki", known, examples=EXAMPLES)
    assert not [e.failed for e in world.core.journal if e.failed]
    return statuses
