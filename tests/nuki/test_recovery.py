"""A Nuki bridge comes back from disk, and its journal runs again, whatever happened to it."""

from __future__ import annotations

import pytest

from locksim.nuki import VENDOR
from tests import recovery
from tests.nuki.hints import HINTS


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_a_walk_cut_at_any_point_goes_on_with_the_same_bytes_as_the_uncut(profile: str) -> None:
    recovery.check_comes_back(VENDOR, HINTS, profile=profile)


def test_an_exported_journal_runs_again_to_the_same_bytes() -> None:
    recovery.check_replays(VENDOR, HINTS)


def test_a_commit_that_fails_takes_a_walk_back_to_the_last_that_did_not() -> None:
    recovery.check_undone(VENDOR, HINTS)
