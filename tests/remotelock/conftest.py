"""A RemoteLock world for each test."""

from __future__ import annotations

import pytest

from tests.remotelock.caller import Caller
from tests.remotelock.keeper import Keeper


@pytest.fixture
def caller() -> Caller:
    """A caller in the `documented` profile, without rate limits."""
    return Caller()


@pytest.fixture
def observed() -> Caller:
    """A caller in the `observed` profile."""
    return Caller("observed")


@pytest.fixture
def limited() -> Caller:
    """A caller with rate limits."""
    return Caller(limits=True)


@pytest.fixture
def keeper() -> Keeper:
    """A caller that also acts on devices."""
    return Keeper()
