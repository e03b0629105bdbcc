"""A bridge for each real client: in process and served, as the document has it and as it was observed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.nuki.real_clients.reached import WAYS, InProcess, Reached, in_process


@pytest.fixture(params=WAYS)
def bridge(request: pytest.FixtureRequest) -> Iterator[Reached]:
    """The bridge of the document."""
    with WAYS[request.param]("documented") as reached:
        yield reached


@pytest.fixture(params=WAYS)
def observed(request: pytest.FixtureRequest) -> Iterator[Reached]:
    """The bridge as later firmware was seen to behave."""
    with WAYS[request.param]("observed") as reached:
        yield reached


@pytest.fixture
def local() -> Iterator[InProcess]:
    """The bridge of the document, in process only: where the client's own patience counts in the world's time."""
    with in_process("documented") as reached:
        yield reached
