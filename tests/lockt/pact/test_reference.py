"""The reference client keeps every law, and each law had something to judge."""

from __future__ import annotations

import pytest

from lockpact.lockt import PACT
from tests.planted import assert_reference_keeps


@pytest.mark.parametrize("seed", [0, 1])
def test_the_reference_client_keeps_every_law_and_raises_nothing_but_the_ports_errors(seed: int) -> None:
    assert_reference_keeps(PACT, seed, examples=150)


def test_every_promised_law_exists() -> None:
    promised = (
        "LT-BATCH-1 LT-BATCH-2 LT-PART-1 LT-IDEM-1 LT-OPT-1 LT-PRIV-1 LT-EVENT-1 LT-TIME-1 LT-FOB-1 LT-IGNORED-1 "
        "LT-DISABLE-1 LT-PRIV-2 LT-EVENT-2 LT-EVENT-3 LT-ERR-1 LT-AUTH-1 LT-SECRET-1"
    )
    assert {law.id for law in PACT.laws} == set(promised.split())
