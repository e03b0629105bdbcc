"""The standing fuzzer (`make soak`) runs a round in which nothing fails, and detects what does."""

from __future__ import annotations

import random

import pytest

from locksim.engine.inputs import Tick
from locksim.engine.timestamps import DAY
from locksim.registry import NAMES
from tests import soak


@pytest.mark.parametrize("vendor", NAMES)
def test_a_short_round_runs_clean(vendor: str) -> None:
    plan = soak.Plan((vendor,), 7, "2026-01-05T08:00:00Z", "documented", False)
    finding, turns = soak.round_(plan, random.Random(7), 40)
    assert finding is None, finding
    assert turns > 0


def test_a_jump_of_a_thousand_years_in_a_world_of_all_vendors_runs_clean() -> None:
    world = soak.Plan(NAMES, 7, "2026-01-05T08:00:00Z", "documented", True).begin()
    assert soak.applied(world, Tick(world.now + 365_250 * DAY)) is None
    assert soak.replayed(world) is None


def test_an_input_without_an_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "MOST_TURNS", 3)
    world = soak.Plan(("remotelock",), 7, "2026-01-05T08:00:00Z", "documented", True).begin()
    found = soak.applied(world, Tick(world.now + 30 * DAY))
    assert found is not None
    assert found[0] == "endless"
