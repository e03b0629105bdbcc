"""The world's first rules, with a customer of Lockt in it, whatever happens to it."""

from __future__ import annotations

from pathlib import Path

import msgspec

import locksim
from locksim.lockt import VENDOR
from tests import determinism
from tests.engine import wander
from tests.lockt.hints import HINTS, SEED

STATE = {"lockt": msgspec.to_builtins(locksim.World(seed=SEED, vendors=["lockt"]).site("lockt").state, str_keys=True)}
"""The walks know its credentials, whatever the seed of the world."""


def test_two_processes_write_the_same_journal(tmp_path: Path) -> None:
    determinism.assert_same_in_two_processes("locksim.lockt:VENDOR", "tests.lockt.hints:HINTS", tmp_path, steps=1000)


def test_a_world_rebuilt_from_checkpoint_and_tail_is_the_same_at_any_point() -> None:
    determinism.check_rebuilds(VENDOR, HINTS, state=STATE)


def test_no_walk_makes_the_stand_in_fail() -> None:
    """Whatever is asked of it and done to it, it answers in its own words and contradicts itself nowhere."""
    for seed in range(12):
        world = wander.begin(VENDOR, seed, state=STATE)
        wander.walk(world, VENDOR, HINTS, seed, 400)
        assert [entry.failed for entry in world.journal if entry.failed is not None] == []
        answered = {entry.answer.status for entry in world.journal if entry.answer is not None}
        assert {200, 400, 401, 404} <= answered
