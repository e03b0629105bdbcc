"""All mutants of the Codelocks pact: importing their modules registers them."""

from __future__ import annotations

import tests.codelocks.pact.client_mutants
import tests.codelocks.pact.client_mutants_in_trouble
import tests.codelocks.pact.client_mutants_mixed_up
import tests.codelocks.pact.k3connect_mutants
import tests.codelocks.pact.server_mutants  # noqa: F401 - registers its mutants
from tests.codelocks.pact.mutants import CATALOGUE

__all__ = ["CATALOGUE"]
