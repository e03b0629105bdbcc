"""The mutants of Nuki clients and bridges."""

from __future__ import annotations

from tests.nuki.pact.catalogue import CATALOGUE
from tests.vendor_suites import MutantSuite


class TestMutants(MutantSuite):
    catalogue = CATALOGUE
    clients, servers = 25, 15
