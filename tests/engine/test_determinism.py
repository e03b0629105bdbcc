"""A world's answers are a function of its first snapshot and its inputs."""

from __future__ import annotations

from pathlib import Path

from tests import determinism
from tests.engine.toy import TOY
from tests.engine.toy_hints import HINTS


def test_two_processes_write_the_same_journal(tmp_path: Path) -> None:
    determinism.assert_same_in_two_processes("tests.engine.toy:TOY", "tests.engine.toy_hints:HINTS", tmp_path)


def test_a_world_rebuilt_from_checkpoint_and_tail_is_the_same_at_any_point() -> None:
    determinism.check_rebuilds(TOY, HINTS)


def test_a_failed_turn_leaves_the_world_as_it_was() -> None:
    determinism.check_failures_change_nothing(TOY, HINTS, ("GET", "/broken"))
