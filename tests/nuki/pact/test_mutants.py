"""Each mutant, client or server, breaks the law that names it."""

from __future__ import annotations

import pytest

from tests.nuki.pact.catalogue import CATALOGUE
from tests.planted import Mutant, assert_killed


@pytest.mark.parametrize("mutant", CATALOGUE.all.values(), ids=CATALOGUE.all.keys())
def test_a_mutant_is_killed_by_the_law_that_names_it(mutant: Mutant) -> None:
    assert_killed(mutant)


def test_each_law_names_exactly_its_mutants() -> None:
    CATALOGUE.assert_laws_name_their_mutants()


def test_there_are_at_least_25_client_mutants_and_15_server_mutants() -> None:
    assert len(CATALOGUE.clients) >= 25
    assert len(CATALOGUE.servers) >= 15
