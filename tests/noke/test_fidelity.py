"""FIDELITY.md: every rule has a test, every test has a rule, and evidence is valid."""

from __future__ import annotations

import pytest

from tests.fidelity import Fidelity, Row

HELD = Fidelity.of(
    "noke",
    "NO",
    leads={
        "Android Nokē Mobile Library",
        "iOS Nokē Mobile Library",
        "Hardware Interactions",
        "Steps for updating firmware using the Nokē Updater app",
        "Adding firmware update capability to your app",
        "Uploading firmware",
        "Firmware files",
        "API",
        "Locks",
        "Activity",
        "API Versions",
        "Firmware Update",
    },
)


def test_rules_and_tests_are_the_same_set() -> None:
    HELD.assert_pinned()


@pytest.mark.parametrize("row", HELD.rows, ids=lambda row: row.id)
def test_a_row_has_a_sentence_and_evidence_of_a_known_kind(row: Row) -> None:
    HELD.assert_evidence(row)


def test_every_chapter_and_every_source_is_drawn_on() -> None:
    HELD.assert_covered()
