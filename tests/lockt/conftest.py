"""A customer's instance for each test. The invariants of its state are checked after every turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lockt.customer import Customer


@pytest.fixture
def customer() -> Customer:
    """Return a customer of the default world."""
    return Customer()


@pytest.fixture(scope="session")
def examples() -> Any:
    """Return the samples of the vendor's document."""
    return json.loads(Path(__file__).parents[2].joinpath("fixtures/lockt/examples.json").read_text("utf-8"))
