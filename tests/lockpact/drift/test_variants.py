"""Every variant of a vendor is found with its class and in few steps, and equal servers do not differ."""

from __future__ import annotations

import os

import pytest

from lockpact.drift.compare import WEIGHTS
from lockpact.drift.search import Finding
from locksim.engine.variants import Variant
from locksim.engine.vendor import variants_of
from locksim.registry import NAMES, load
from tests.lockpact.drift.pair import compared, known

COMPARED = list(NAMES)
SEQUENCES = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 1
"""Of each pair of equal servers: `make fuzz` looks longer."""
CATALOGUE = [(name, id_, variant) for name in COMPARED for id_, variant in variants_of(load(name)).items()]


@pytest.mark.parametrize(("vendor", "id_", "variant"), CATALOGUE, ids=lambda x: x if isinstance(x, str) else "")
def test_a_variant_is_found_with_its_class(vendor: str, id_: str, variant: Variant) -> None:
    def is_it(found: Finding) -> bool:
        return found.kind == variant.change and len(found.steps) <= 5

    verdict = compared(vendor, variants=(id_,), enough=is_it, accept=known(vendor))
    output = [(found.name, len(found.steps)) for found in verdict.found]
    assert [found for found in verdict.found if is_it(found) and found.name not in verdict.accepted], output
    assert verdict.code == 1


@pytest.mark.fuzz
@pytest.mark.parametrize("vendor", COMPARED)
@pytest.mark.parametrize("seed", range(50))
def test_two_equal_servers_do_not_differ(vendor: str, seed: int) -> None:
    verdict = compared(vendor, seed, sequences=SEQUENCES)
    assert [found.name for found in verdict.found] == []
    assert verdict.code == 0


@pytest.mark.parametrize("vendor", COMPARED)
def test_the_catalogue_has_the_same_weights_as_a_run(vendor: str) -> None:
    variants = variants_of(load(vendor))
    assert {id_: v.weight for id_, v in variants.items()} == {id_: WEIGHTS[v.change] for id_, v in variants.items()}
