"""The simulator answers as its OpenAPI document says, whatever is sent."""

from __future__ import annotations

from collections import Counter

import pytest

import locksim
from locksim.lockt.operations import API
from locksim.lockt.seed import MARY
from tests import fuzz

READS = {row.id for row in API if row.effect == "read"}
WRITES = {row.id for row in API if row.effect != "read"}


@pytest.mark.fuzz
def test_every_operation_answers_as_its_document_says() -> None:
    """Use a tenth of the usual examples: the operations are many and similar, and a batch takes two turns."""
    statuses = fuzzed(fuzz.EXAMPLES // 10)
    assert set(statuses) - {"stateful"} == READS | WRITES
    # A run without successes, or without refusals, would prove nothing.
    assert all({200, 401} <= set(statuses[operation]) for operation in READS | WRITES)
    assert all(statuses[operation][400] for operation in WRITES)


@pytest.mark.fuzz
def test_reads_of_a_known_user_succeed() -> None:
    statuses = fuzzed(fuzz.EXAMPLES // 50, {"id": str(MARY)})
    assert [operation for operation in READS if not statuses[operation][200]] == []


def fuzzed(examples: int, known: dict[str, str] | None = None) -> dict[str, Counter[int]]:
    world = locksim.World(seed=7, vendors=["lockt"])
    statuses = fuzz.run(world, "lockt", known, examples=examples)
    assert not [entry.failed for entry in world.core.journal if entry.failed]
    return statuses
