"""A Codelocks account is recovered from disk, and its journal can be replayed."""

from __future__ import annotations

from locksim.codelocks import VENDOR
from tests import recovery
from tests.codelocks.hints import HINTS


def test_a_walk_that_is_interrupted_anywhere_continues_with_the_same_bytes() -> None:
    recovery.check_comes_back(VENDOR, HINTS, examples=10)


def test_an_exported_journal_replays_to_the_same_bytes() -> None:
    recovery.check_replays(VENDOR, HINTS, examples=10)


def test_a_failed_commit_takes_a_walk_back_to_the_last_good_one() -> None:
    recovery.check_undone(VENDOR, HINTS, examples=10)
