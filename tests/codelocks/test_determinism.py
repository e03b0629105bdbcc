"""The world's first rules hold for a Codelocks account, in both profiles, whatever happens to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from locksim.codelocks import VENDOR
from tests import determinism
from tests.codelocks.hints import HINTS
from tests.engine import wander


def test_two_processes_write_the_same_journal(tmp_path: Path) -> None:
    determinism.assert_same_in_two_processes("locksim.codelocks:VENDOR", "tests.codelocks.hints:HINTS", tmp_path, 1000)


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_a_world_rebuilt_from_checkpoint_and_tail_is_the_same_at_any_point(profile: str) -> None:
    determinism.check_rebuilds(VENDOR, HINTS, profile=profile)


@pytest.mark.parametrize("profile", ["documented", "observed"])
@pytest.mark.rule("CL-R19")
def test_no_walk_makes_the_simulator_fail(profile: str) -> None:
    """The API gives its own answers to every request, and the state never contradicts itself."""
    statuses: set[int] = set()
    for seed in range(7, 13):
        world = wander.begin(VENDOR, seed, profile=profile)
        wander.walk(world, VENDOR, HINTS, seed, 300)
        assert [entry.failed for entry in world.journal if entry.failed is not None] == []
        statuses |= {entry.answer.status for entry in world.journal if entry.answer is not None}
    assert statuses >= {200, 400, 403, 404, 502}
