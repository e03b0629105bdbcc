"""A bridge for each test, in both profiles. Its invariants are checked after every turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.nuki.caller import Caller


@pytest.fixture
def bridge() -> Caller:
    """A bridge in the `documented` profile."""
    return Caller("documented")


@pytest.fixture
def later() -> Caller:
    """A bridge in the `observed` profile."""
    return Caller("observed")


@pytest.fixture(scope="session")
def examples() -> Any:
    """The samples of the vendor's document."""
    return json.loads(Path(__file__).parents[2].joinpath("fixtures/nuki/examples.json").read_text("utf-8"))
