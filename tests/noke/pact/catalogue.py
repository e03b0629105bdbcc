"""All mutants of the Nokē pact: importing their modules registers them."""

from __future__ import annotations

import tests.noke.pact.mutant_effects
import tests.noke.pact.mutant_mixed_up
import tests.noke.pact.mutant_phones
import tests.noke.pact.mutant_products
import tests.noke.pact.mutant_reports
import tests.noke.pact.mutant_servers
import tests.noke.pact.mutant_shows  # noqa: F401 - registers its mutants
from tests.noke.pact.mutants import CATALOGUE

__all__ = ["CATALOGUE"]
