"""The reference client keeps every law, and every law has judged something."""

from __future__ import annotations

import pytest

from lockpact.noke import PACT
from tests.planted import assert_reference_keeps


@pytest.mark.parametrize("seed", [0, 1])
def test_the_reference_client_keeps_every_law_and_raises_nothing_but_the_ports_errors(seed: int) -> None:
    assert_reference_keeps(PACT, seed, examples=70)


def test_every_promised_law_exists() -> None:
    promised = (
        "NO-RESULT-1 NO-PART-1 NO-KEY-1 NO-CMD-1 NO-UPLOAD-1 NO-SETUP-1 NO-SYNC-1 NO-REVOKE-1 NO-LIMIT-1 NO-QC-1 "
        "NO-VERS-1 NO-ENV-1 NO-ORDER-1 NO-FRESH-1 NO-SLOT-1 NO-FOBREV-1 NO-RESET-1 NO-ENGAGE-1 NO-SHACKLE-1 NO-FW-1 NO-ACT-1 "
        "NO-FOB-1 NO-BATT-1 NO-SECRET-1"
    )
    assert {law.id for law in PACT.laws} == set(promised.split())
