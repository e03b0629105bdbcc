"""The catalogue with all mutants of the Nuki pact. Importing their modules registers them."""

from __future__ import annotations

import tests.nuki.pact.client_mutants
import tests.nuki.pact.client_mutants_by_operation
import tests.nuki.pact.client_mutants_in_trouble
import tests.nuki.pact.server_mutants  # noqa: F401 - registers its mutants
from tests.nuki.pact.mutants import CATALOGUE

__all__ = ["CATALOGUE"]
