"""Every planted fault of a client is found by the law that names it."""

from __future__ import annotations

import pytest

from lockpact.check import first_breach
from lockpact.nuki import PACT
from tests.nuki.pact import client_mutants, server_mutants
from tests.nuki.pact.mutants import CLIENTS, SERVERS, Mutant

assert client_mutants
assert server_mutants  # importing them registers their mutants

ALL = {**CLIENTS, **SERVERS}
EXAMPLES = 600


@pytest.mark.parametrize("mutant", ALL.values(), ids=ALL.keys())
def test_a_mutant_is_killed_by_the_law_that_names_it(mutant: Mutant) -> None:
    breach = first_breach(PACT, mutant.adapter, mutant.stage, mutant.law, examples=EXAMPLES)
    assert breach is not None, f"{mutant.law} lets {mutant.name} live: {mutant.sentence}"
