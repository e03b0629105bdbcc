"""Every variant of a vendor is found with its class and in few steps, and equal servers do not differ."""

from __future__ import annotations

import os

import pytest

from lockpact.drift.compare import WEIGHTS
from locksim.engine.variants import Variant
from locksim.engine.vendor import variants_of
from locksim.registry import NAMES, load
from tests.lockpact.drift.pair import CATALOGUE, compared, known_seeds, search

COMPARED = list(NAMES)
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
SEQUENCES = 20 if THOROUGH else 1
PAIRS = 50 if THOROUGH else 10
"""Pairs of equal servers for each vendor, and sequences of each pair: `make fuzz` looks longer."""


@pytest.mark.fuzz
@pytest.mark.parametrize(("vendor", "id_", "variant"), CATALOGUE, ids=lambda x: x if isinstance(x, str) else "")
def test_a_variant_is_found_with_its_class(vendor: str, id_: str, variant: Variant) -> None:
    seed = 0 if THOROUGH else known_seeds().get(id_, 0)
    verdict, its = search(vendor, id_, variant, seed)
    assert its, [(found.name, len(found.steps)) for found in verdict.found]
    assert verdict.code == 1


@pytest.mark.fuzz
@pytest.mark.parametrize("vendor", COMPARED)
@pytest.mark.parametrize("seed", range(PAIRS))
def test_two_equal_servers_do_not_differ(vendor: str, seed: int) -> None:
    verdict = compared(vendor, seed, sequences=SEQUENCES)
    assert [found.name for found in verdict.found] == []
    assert verdict.code == 0


@pytest.mark.parametrize("vendor", COMPARED)
def test_the_catalogue_has_the_same_weights_as_a_run(vendor: str) -> None:
    variants = variants_of(load(vendor))
    assert {id_: v.weight for id_, v in variants.items()} == {id_: WEIGHTS[v.change] for id_, v in variants.items()}
