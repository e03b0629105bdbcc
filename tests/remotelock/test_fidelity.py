"""Every rule in FIDELITY.md has its test, every test's rule has its row, and evidence is what it says it is."""

from __future__ import annotations

import pytest

from tests.fidelity import Fidelity, Row

LEADS = {
    "Introduction", "Choose an OAuth2 client library for your language", "Setup a new Application",
    "1. Authorization Code Grant - RFC 6749-Section 4.1",
    "JSON Structure Overview", "Errors", "Filtering", "API versioning", "Changes", "Access Exceptions", "Access Persons",
    "Accounts", "ACS Doors", "Devices", "Events", "Groups", "Locations", "Models", "Notification Subscribers",
    "Notification Subscriptions", "Notifications", "Resort Lock Guests", "Schedules", "Users",
}  # fmt: skip
HELD = Fidelity.of("remotelock", "RL", leads=LEADS)


def test_rules_and_tests_are_the_same_set() -> None:
    HELD.assert_pinned()


@pytest.mark.parametrize("row", HELD.rows, ids=lambda row: row.id)
def test_a_row_has_a_sentence_and_evidence_of_a_known_kind(row: Row) -> None:
    HELD.assert_evidence(row)


def test_every_chapter_and_every_source_is_drawn_on() -> None:
    HELD.assert_covered()
