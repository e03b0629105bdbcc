"""The mutants of RemoteLock clients and of the simulator."""

from __future__ import annotations

from tests.remotelock.pact.catalogue import CATALOGUE
from tests.vendor_suites import MutantSuite


class TestMutants(MutantSuite):
    catalogue = CATALOGUE
    clients, servers = 30, 25
