"""An account for each test, in both profiles. Its state is checked against its invariants after every turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.codelocks.caller import Caller


@pytest.fixture
def api() -> Caller:
    """As the vendor documents it."""
    return Caller("documented")


@pytest.fixture
def later() -> Caller:
    """As it was observed."""
    return Caller("observed")


@pytest.fixture(scope="session")
def examples() -> Any:
    """The vendor's own samples, from the document."""
    return json.loads(Path(__file__).parents[2].joinpath("fixtures/codelocks/examples.json").read_text("utf-8"))
