"""The reference client keeps every law, and every law is triggered."""

from __future__ import annotations

import pytest

from lockpact.codelocks import PACT
from tests.planted import assert_reference_keeps


@pytest.mark.parametrize("seed", [0, 1])
def test_the_reference_client_keeps_every_law_and_raises_only_the_ports_errors(seed: int) -> None:
    assert_reference_keeps(PACT, seed, 60)


def test_every_planned_law_exists() -> None:
    planned = (
        "CL-DET-1 CL-QUOTA-1 CL-START-1 CL-TZ-1 CL-END-1 CL-CODE-1 CL-ERR-1 CL-KEY-1 CL-CLIENT-1 CL-AUDIT-1 "
        "CL-KEEP-1 CL-REVOKE-1 CL-INIT-1 CL-INIT-2 CL-BATT-1 CL-ROT-1 CL-INVITE-1 CL-AUDIT-2 CL-MODEL-1"
    )
    assert {law.id for law in PACT.laws} == set(planned.split())
