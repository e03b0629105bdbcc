"""The mutants of Lockt clients and servers."""

from __future__ import annotations

from tests.lockt.pact.catalogue import CATALOGUE
from tests.vendor_suites import MutantSuite


class TestMutants(MutantSuite):
    catalogue = CATALOGUE
    clients, servers = 20, 15
