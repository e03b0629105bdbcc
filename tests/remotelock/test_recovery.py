"""RemoteLock is loaded from disk, and its journal replayed, whatever happened."""

from __future__ import annotations

from tests import recovery
from tests.remotelock.hints import HINTS, WALKED


def test_a_run_interrupted_at_any_point_goes_on_with_the_same_bytes() -> None:
    recovery.check_comes_back(WALKED, HINTS, examples=10)


def test_an_exported_journal_runs_again_to_the_same_bytes() -> None:
    recovery.check_replays(WALKED, HINTS, examples=10)


def test_a_commit_that_fails_takes_a_walk_back_to_the_last_that_did_not() -> None:
    recovery.check_undone(WALKED, HINTS, examples=10)
