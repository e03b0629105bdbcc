"""Each rule in FIDELITY.md has a test, each rule of a test has a row, and the evidence exists."""

from __future__ import annotations

import pytest

from tests.fidelity import Fidelity, Row

HELD = Fidelity.of("nuki", "NK", leads={"Introduction", "Example", "Endpoints"})


def test_rules_and_tests_are_the_same_set() -> None:
    HELD.assert_pinned()


@pytest.mark.parametrize("row", HELD.rows, ids=lambda row: row.id)
def test_a_row_has_a_sentence_and_evidence_of_a_known_kind(row: Row) -> None:
    HELD.assert_evidence(row)


def test_every_chapter_and_every_source_is_used() -> None:
    HELD.assert_covered()
