"""A company for each test, on production or sandbox. The state's invariants are checked after every turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.noke.caller import Caller


@pytest.fixture
def company() -> Caller:
    """On production, where lock keys are real."""
    return Caller()


@pytest.fixture
def sandbox() -> Caller:
    """On sandbox, where they stay default."""
    return Caller("sandbox")


@pytest.fixture(scope="session")
def examples() -> Any:
    """The document's own samples."""
    return json.loads(Path(__file__).parents[2].joinpath("fixtures/noke/examples.json").read_text("utf-8"))
