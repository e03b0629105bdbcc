"""A toy world for each test of the engine."""

from __future__ import annotations

import pytest

from locksim.inprocess.world import World
from tests.engine.toy import TOY


@pytest.fixture
def world() -> World:
    """A world with the toy vendor, checked after every turn."""
    world = World([TOY], seed=7)
    world.core.strict = True
    return world
