"""Random walks through a customer's instance: deterministic, rebuilt to the same state, and without failures."""

from __future__ import annotations

from pathlib import Path

import msgspec

import locksim
from locksim.lockt import VENDOR
from tests import determinism
from tests.engine import wander
from tests.lockt.hints import HINTS, SEED

STATE = {"lockt": msgspec.to_builtins(locksim.World(seed=SEED, vendors=["lockt"]).site("lockt").state, str_keys=True)}
"""A state whose credentials the walks know, whatever the seed of the world."""


def test_two_processes_write_the_same_journal(tmp_path: Path) -> None:
    determinism.assert_same_in_two_processes("locksim.lockt:VENDOR", "tests.lockt.hints:HINTS", tmp_path, steps=1000)


def test_a_world_rebuilt_from_checkpoint_and_tail_is_the_same_at_any_point() -> None:
    determinism.check_rebuilds(VENDOR, HINTS, state=STATE)


def test_no_walk_makes_the_simulator_fail() -> None:
    """Whatever is sent and done, the simulator answers as the vendor does, and its invariants hold."""
    for seed in range(12):
        world = wander.begin(VENDOR, seed, state=STATE)
        wander.walk(world, VENDOR, HINTS, seed, 400)
        assert [entry.failed for entry in world.journal if entry.failed is not None] == []
        answered = {entry.answer.status for entry in world.journal if entry.answer is not None}
        assert {200, 400, 401, 404} <= answered
