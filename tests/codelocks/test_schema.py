"""The simulator keeps its own OpenAPI document for every request."""

from __future__ import annotations

from collections import Counter

import pytest

import locksim
from locksim.codelocks.seed import MAIN_DOOR
from tests import fuzz

EXAMPLES = max(1, fuzz.EXAMPLES // 8)
"""Few examples are enough: most parameters are strings."""


@pytest.mark.fuzz
def test_every_operation_answers_as_its_document_says() -> None:
    statuses = fuzzed()
    assert len(statuses) == 14
    assert statuses["GET /u/1/init"].total() > EXAMPLES
    # A run without a 200 would prove nothing.
    assert set().union(*statuses.values()) == {200, 400, 403, 404}


@pytest.mark.fuzz
def test_every_operation_on_a_known_lock_answers_as_its_document_says() -> None:
    world = locksim.World(seed=7, vendors=["codelocks"])
    access = str(world.site("codelocks").credentials["access_key"])
    statuses = fuzzed({"id": MAIN_DOOR, "accesskey": access, "identifier": access, "lockmodel": "K3CONNECT"})
    reads = [
        name for name in statuses if name.startswith("GET") and "duration/" not in name and name != "GET /u/1/init"
    ]
    assert len(reads) == 8
    assert [name for name in reads if not statuses[name][200]] == []


def fuzzed(known: dict[str, str] | None = None) -> dict[str, Counter[int]]:
    world = locksim.World(seed=7, vendors=["codelocks"])
    world.control("limits", on=False)
    statuses = fuzz.run(world, "codelocks", known, examples=EXAMPLES)
    assert not [e.failed for e in world.core.journal if e.failed]
    return statuses
