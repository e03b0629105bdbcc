"""Every planted fault, of a client or of a bridge, is found by the law that names it."""

from __future__ import annotations

import pytest

from lockpact.check import first_breach
from lockpact.nuki import PACT
from tests.nuki.pact.catalogue import CLIENTS, SERVERS
from tests.nuki.pact.mutants import Mutant

ALL = {**CLIENTS, **SERVERS}


@pytest.mark.parametrize("mutant", ALL.values(), ids=ALL.keys())
def test_a_mutant_is_killed_by_the_law_that_names_it(mutant: Mutant) -> None:
    breach = first_breach(PACT, mutant.adapter, mutant.stage, mutant.law, examples=300)
    assert breach is not None, f"{mutant.law} lets {mutant.name} live: {mutant.sentence}"


def test_each_law_names_exactly_the_mutants_that_are_planted_for_it() -> None:
    planted: dict[str, set[str]] = {}
    for mutant in ALL.values():
        planted.setdefault(mutant.law, set()).add(mutant.name)
    assert {law.id: set(law.mutants) for law in PACT.laws} == planted


def test_there_are_enough_of_them() -> None:
    assert len(CLIENTS) >= 25
    assert len(SERVERS) >= 15
    assert not CLIENTS.keys() & SERVERS.keys()
