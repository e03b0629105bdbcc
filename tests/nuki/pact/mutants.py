"""The catalogue in which the mutants of the Nuki pact are registered."""

from __future__ import annotations

from lockpact.nuki import PACT
from tests.planted import Catalogue

__all__ = ["CATALOGUE", "client", "server"]

CATALOGUE = Catalogue(PACT)
client, server = CATALOGUE.client, CATALOGUE.server
