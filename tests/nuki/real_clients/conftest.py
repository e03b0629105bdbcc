"""A bridge for each real client: in process and served, in both profiles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.nuki.real_clients.reached import WAYS, InProcess, Reached, in_process


@pytest.fixture(params=WAYS)
def bridge(request: pytest.FixtureRequest) -> Iterator[Reached]:
    """A bridge in the `documented` profile."""
    with WAYS[request.param]("documented") as reached:
        yield reached


@pytest.fixture(params=WAYS)
def observed(request: pytest.FixtureRequest) -> Iterator[Reached]:
    """A bridge in the `observed` profile, whose world begins now: hashed and encrypted tokens contain the real time."""
    with WAYS[request.param]("observed", start=datetime.now(UTC).isoformat()) as reached:
        yield reached


@pytest.fixture
def local() -> Iterator[InProcess]:
    """A documented bridge in process, where the client's timeouts run on the world's time."""
    with in_process("documented") as reached:
        yield reached
