"""A customer's instance for each test. Its state is checked against its invariants after every turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lockt.customer import Customer


@pytest.fixture
def customer() -> Customer:
    """A customer of the default world."""
    return Customer()


@pytest.fixture(scope="session")
def examples() -> Any:
    """The vendor's own samples, from the document."""
    return json.loads(Path(__file__).parents[2].joinpath("fixtures/lockt/examples.json").read_text("utf-8"))
