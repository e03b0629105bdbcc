"""Fixtures for the tests of the simulator. The invariants of the state are checked after every turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.codelocks.caller import Caller


@pytest.fixture
def api() -> Caller:
    """Return a caller of the `documented` profile."""
    return Caller("documented")


@pytest.fixture
def observed() -> Caller:
    """Return a caller of the `observed` profile."""
    return Caller("observed")


@pytest.fixture(scope="session")
def examples() -> Any:
    """Return the samples of the vendor's document."""
    return json.loads(Path(__file__).parents[2].joinpath("fixtures/codelocks/examples.json").read_text("utf-8"))
