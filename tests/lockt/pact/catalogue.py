"""All mutants of the Lockt pact. Importing their modules registers them."""

from __future__ import annotations

import tests.lockt.pact.client_mutants
import tests.lockt.pact.mutant_reads
import tests.lockt.pact.server_mutants  # noqa: F401 - registers its mutants
from tests.lockt.pact.mutants import CATALOGUE

__all__ = ["CATALOGUE"]
