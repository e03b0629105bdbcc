"""Where the mutants of the Nokē pact are registered."""

from __future__ import annotations

from lockpact.noke import PACT
from tests.planted import Catalogue

__all__ = ["CATALOGUE", "client", "server"]

CATALOGUE = Catalogue(PACT)
client, server = CATALOGUE.client, CATALOGUE.server
