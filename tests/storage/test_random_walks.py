"""Recovery, replay and rollback on random walks through the toy's world."""

from __future__ import annotations

from tests import recovery
from tests.engine.toy import TOY
from tests.engine.toy_hints import HINTS


def test_a_recovered_world_goes_on_like_one_that_never_stopped() -> None:
    recovery.check_comes_back(TOY, HINTS)


def test_an_exported_journal_replays_to_the_same_bytes() -> None:
    recovery.check_replays(TOY, HINTS)


def test_a_failed_commit_takes_the_world_back_to_the_last_successful_one() -> None:
    recovery.check_undone(TOY, HINTS)
