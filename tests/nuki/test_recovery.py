"""A world with a Nuki bridge is restored from disk, and its journal can be replayed."""

from __future__ import annotations

import pytest

from locksim.nuki import VENDOR
from tests import recovery
from tests.nuki.hints import HINTS


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_a_restored_walk_continues_with_the_same_bytes(profile: str) -> None:
    recovery.check_comes_back(VENDOR, HINTS, profile=profile)


def test_a_replayed_journal_gives_the_same_bytes() -> None:
    recovery.check_replays(VENDOR, HINTS)


def test_a_failed_commit_takes_a_walk_back_to_the_last_successful_one() -> None:
    recovery.check_undone(VENDOR, HINTS)
