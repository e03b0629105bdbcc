"""A world with Nokē locks is deterministic and never fails."""

from __future__ import annotations

from pathlib import Path

import msgspec

import locksim
from locksim.noke import VENDOR
from tests import determinism
from tests.engine import wander
from tests.noke.caller import Caller
from tests.noke.hints import HINTS
from tests.noke.seeds import stir


def test_two_processes_write_the_same_journal(tmp_path: Path) -> None:
    determinism.assert_same_in_two_processes("locksim.noke:VENDOR", "tests.noke.hints:HINTS", tmp_path, steps=1500)


def test_a_world_rebuilt_from_checkpoint_and_tail_is_the_same_at_any_point() -> None:
    """Every world starts in the state whose API keys the hints have."""
    determinism.check_rebuilds(VENDOR, HINTS, state={"noke": msgspec.to_builtins(Caller().state)})


def test_no_walk_makes_the_simulator_fail() -> None:
    """Every input gets an answer, and no invariant breaks."""
    for seed in range(7, 70, 7):
        world = wander.begin(VENDOR, 7)
        wander.walk(world, VENDOR, HINTS, seed, 400)
        assert [entry.failed for entry in world.journal if entry.failed is not None] == []


def test_a_journal_of_real_commands_replays_to_the_same_bytes() -> None:
    """Keys, sessions, commands and responses depend only on the seed and the inputs before."""
    first, second = Caller(), Caller()
    for company in (first, second):
        stir(company)
    assert first.site.journal.jsonl() == second.site.journal.jsonl()
    again = locksim.World(seed=7, vendors=["noke"])
    for entry in first.world.core.journal:
        again.apply(entry.input)
    assert again.core.checkpoint() == first.world.core.checkpoint()
    other = Caller(seed=8)
    stir(other)
    assert other.site.journal.jsonl() != first.site.journal.jsonl()
