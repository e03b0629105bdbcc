"""The world's first rules, with RemoteLock in it: in both profiles, whatever happens to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import determinism
from tests.engine import wander
from tests.remotelock.hints import HINTS, WALKED


def test_two_processes_write_the_same_journal(tmp_path: Path) -> None:
    vendor, hints = "tests.remotelock.hints:WALKED", "tests.remotelock.hints:HINTS"
    determinism.assert_same_in_two_processes(vendor, hints, tmp_path, 1500)


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_a_world_rebuilt_from_checkpoint_and_tail_is_the_same_at_any_point(profile: str) -> None:
    determinism.check_rebuilds(WALKED, HINTS, examples=40, profile=profile)


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_no_walk_makes_the_simulator_fail(profile: str) -> None:
    """Whatever is asked of it and done to it, the service answers in its own words and contradicts itself nowhere."""
    for seed in range(12):
        world = wander.begin(WALKED, seed, profile=profile)
        wander.walk(world, WALKED, HINTS, seed, 400)
        failures = [entry.failed for entry in world.journal if entry.failed is not None]
        assert failures == []
