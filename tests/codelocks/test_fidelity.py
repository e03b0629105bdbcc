"""Every rule in FIDELITY.md has a test, every test's rule has a row, and the evidence exists."""

from __future__ import annotations

import pytest

from tests.fidelity import Fidelity, Row

FIDELITY = Fidelity.of(
    "codelocks",
    "CL",
    leads={"Introduction", "NetCode", "Utility", "Initialisation", "Durations", "Duration", "K3Connect"},
)


def test_rules_and_tests_are_the_same_set() -> None:
    FIDELITY.assert_pinned()


@pytest.mark.parametrize("row", FIDELITY.rows, ids=lambda row: row.id)
def test_a_row_has_a_sentence_and_evidence_of_a_known_kind(row: Row) -> None:
    FIDELITY.assert_evidence(row)


def test_every_chapter_and_every_source_is_used() -> None:
    FIDELITY.assert_covered()
