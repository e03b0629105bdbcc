"""An instance is restored from disk, and its journal can be replayed, after any random walk."""

from __future__ import annotations

from locksim.lockt import VENDOR
from tests import recovery
from tests.lockt.hints import HINTS
from tests.lockt.test_determinism import STATE


def test_a_walk_cut_at_any_point_goes_on_with_the_same_bytes_as_the_uncut() -> None:
    recovery.check_comes_back(VENDOR, HINTS, examples=10, state=STATE)


def test_an_exported_journal_runs_again_to_the_same_bytes() -> None:
    recovery.check_replays(VENDOR, HINTS, examples=10, state=STATE)


def test_a_commit_that_fails_takes_a_walk_back_to_the_last_that_did_not() -> None:
    recovery.check_undone(VENDOR, HINTS, examples=10)
