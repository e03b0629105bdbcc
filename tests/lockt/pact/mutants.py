"""The catalogue in which the mutants of the Lockt pact are registered."""

from __future__ import annotations

from lockpact.lockt import PACT
from tests.planted import Catalogue

__all__ = ["CATALOGUE", "client", "server"]

CATALOGUE = Catalogue(PACT)
client, server = CATALOGUE.client, CATALOGUE.server
