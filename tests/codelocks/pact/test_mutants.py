"""The mutants of Codelocks clients and of the API."""

from __future__ import annotations

from tests.codelocks.pact.catalogue import CATALOGUE
from tests.vendor_suites import MutantSuite


class TestMutants(MutantSuite):
    catalogue = CATALOGUE
    clients, servers = 30, 20
