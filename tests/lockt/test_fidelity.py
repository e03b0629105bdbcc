"""Every rule in FIDELITY.md has a test, every rule of a test has a row, and all evidence exists."""

from __future__ import annotations

import pytest

from tests.fidelity import Fidelity, Row

HELD = Fidelity.of("lockt", "LT", leads={"Cloud API Reference", "Entity Model"})


def test_rules_and_tests_are_the_same_set() -> None:
    HELD.assert_pinned()


@pytest.mark.parametrize("row", HELD.rows, ids=lambda row: row.id)
def test_a_row_has_a_sentence_and_evidence_of_a_known_kind(row: Row) -> None:
    HELD.assert_evidence(row)


def test_every_chapter_and_every_source_is_drawn_on() -> None:
    HELD.assert_covered()
