"""A world with a Nuki bridge is deterministic and consistent, in both profiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from locksim.nuki import VENDOR
from tests import determinism
from tests.engine import wander
from tests.nuki.hints import HINTS


def test_two_processes_write_the_same_journal(tmp_path: Path) -> None:
    determinism.assert_same_in_two_processes("locksim.nuki:VENDOR", "tests.nuki.hints:HINTS", tmp_path)


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_a_world_rebuilt_from_a_checkpoint_is_the_same_at_any_point(profile: str) -> None:
    determinism.check_rebuilds(VENDOR, HINTS, profile=profile)


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_no_walk_makes_the_simulator_fail(profile: str) -> None:
    for seed in range(12):
        world = wander.begin(VENDOR, seed, profile=profile)
        wander.walk(world, VENDOR, HINTS, seed, 400)
        failures = [entry.failed for entry in world.journal if entry.failed is not None]
        assert failures == []
