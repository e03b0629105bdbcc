"""The mutants of Nokē clients and servers."""

from __future__ import annotations

from tests.noke.pact.catalogue import CATALOGUE
from tests.vendor_suites import MutantSuite


class TestMutants(MutantSuite):
    catalogue = CATALOGUE
    clients, servers = 120, 20
