"""A RemoteLock for each real client: in process and served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.remotelock.real_clients.reached import WAYS, Reached


@pytest.fixture(params=WAYS)
def remotelock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reached]:
    """The service. (Served, and at the redirect URI, it is plain http on this machine: both libraries want to be told.)"""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    with WAYS[request.param]() as reached:
        yield reached
