"""Recovery and replay, held to random walks through the toy's world."""

from __future__ import annotations

from tests import recovery
from tests.engine.toy import TOY
from tests.engine.toy_hints import HINTS


def test_a_walk_cut_at_any_point_goes_on_with_the_same_bytes_as_the_uncut() -> None:
    recovery.check_comes_back(TOY, HINTS)


def test_an_exported_journal_runs_again_to_the_same_bytes() -> None:
    recovery.check_replays(TOY, HINTS)


def test_a_commit_that_fails_takes_a_walk_back_to_the_last_that_did_not() -> None:
    recovery.check_undone(TOY, HINTS)
