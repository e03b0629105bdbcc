"""The reference client keeps every law, and each law is triggered."""

from __future__ import annotations

import pytest

from lockpact.nuki import PACT
from tests.planted import assert_reference_keeps


@pytest.mark.parametrize("seed", [0, 1])
def test_the_reference_client_keeps_every_law_and_raises_nothing_but_the_ports_errors(seed: int) -> None:
    assert_reference_keeps(PACT, seed)


def test_the_pact_has_the_promised_laws() -> None:
    promised = (
        "NK-AUTH-1 NK-AUTH-2 NK-AUTH-3 NK-STATE-1 NK-STATE-2 NK-STATE-3 NK-ACT-1 NK-ACT-2 NK-ACT-3 NK-ACT-4 NK-ID-1 "
        "NK-CB-1 NK-CB-2 NK-CB-3 NK-CB-4 NK-DISC-1 NK-SERIAL-1 NK-BATT-1 NK-CAP-1 NK-SECRET-1"
    )
    assert {law.id for law in PACT.laws} == set(promised.split())
