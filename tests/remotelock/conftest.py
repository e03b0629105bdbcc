"""A RemoteLock world for each test."""

from __future__ import annotations

import pytest

from tests.remotelock.caller import Caller
from tests.remotelock.keeper import Keeper


@pytest.fixture
def desk() -> Caller:
    """The service as the vendor documents it; rates off."""
    return Caller()


@pytest.fixture
def later() -> Caller:
    """The service as it was observed."""
    return Caller("observed")


@pytest.fixture
def limited() -> Caller:
    """With its rate limit."""
    return Caller(limits=True)


@pytest.fixture
def keeper() -> Keeper:
    """Somebody with an account and keys in hand."""
    return Keeper()
