"""A world with Nokē locks comes back from disk, and its journal replays."""

from __future__ import annotations

import msgspec

from locksim.noke import VENDOR
from tests import recovery
from tests.noke.caller import Caller
from tests.noke.hints import HINTS

STATE = {"noke": msgspec.to_builtins(Caller().state)}
"""The state whose API keys the hints have."""


def test_a_walk_that_is_cut_at_any_point_goes_on_with_the_same_bytes() -> None:
    recovery.check_comes_back(VENDOR, HINTS, examples=10, state=STATE)


def test_an_exported_journal_replays_to_the_same_bytes() -> None:
    recovery.check_replays(VENDOR, HINTS, examples=10, state=STATE)


def test_a_failed_commit_takes_a_walk_back_to_the_last_good_one() -> None:
    recovery.check_undone(VENDOR, HINTS, examples=10)
