"""A served toy: real sockets on loopback, free ports, a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.door import Stand, stand


@pytest.fixture
def toy() -> Iterator[Stand]:
    """A server with the toy vendor; its default world's time stands."""
    with stand(clock="manual") as served:
        yield served
