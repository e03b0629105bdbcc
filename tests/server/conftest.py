"""A served toy: real sockets on loopback, free ports, a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.served import ServedToy, serve_toy


@pytest.fixture
def toy() -> Iterator[ServedToy]:
    """A server with the toy vendor; its default world's time stands."""
    with serve_toy(clock="manual") as served:
        yield served
