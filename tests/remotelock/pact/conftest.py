"""The machine of the RemoteLock pact, for single steps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from lockpact.driving.state_machine import PactRun
from lockpact.driving.virtual_time import virtual_time
from lockpact.remotelock import PACT
from lockpact.remotelock.reference import Reference
from lockpact.simulators.stage import WorldStage


@pytest.fixture
def machine() -> Iterator[Any]:
    """The machine with the reference client. A law that is broken raises."""
    with virtual_time():
        machine: Any = PactRun.begin(PACT, Reference, partial(WorldStage, PACT)).machine()()
        machine.begin(by_consent=False, interleaving=0, world=0)
        yield machine
        machine.stage.close()
