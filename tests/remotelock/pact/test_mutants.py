"""Every mutant, of a client or of a server, breaks the law that names it."""

from __future__ import annotations

import pytest

from tests.planted import Mutant, assert_killed
from tests.remotelock.pact.catalogue import CATALOGUE


@pytest.mark.parametrize("mutant", CATALOGUE.all.values(), ids=CATALOGUE.all.keys())
def test_a_mutant_is_killed_by_the_law_that_names_it(mutant: Mutant) -> None:
    assert_killed(mutant)


def test_each_law_names_exactly_the_mutants_that_are_planted_for_it() -> None:
    CATALOGUE.assert_laws_name_their_mutants()


def test_there_are_enough_of_them() -> None:
    assert len(CATALOGUE.clients) >= 30
    assert len(CATALOGUE.servers) >= 25
