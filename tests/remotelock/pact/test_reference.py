"""The reference client keeps every law, and every law was triggered."""

from __future__ import annotations

import pytest

from lockpact.remotelock import PACT
from tests.planted import assert_reference_keeps


@pytest.mark.parametrize(("seed", "examples"), [(0, 150), (1, 80)])
def test_the_reference_client_keeps_every_law_and_raises_nothing_but_the_ports_errors(seed: int, examples: int) -> None:
    assert_reference_keeps(PACT, seed, examples)


def test_every_law_that_was_promised_is_there() -> None:
    promised = (
        "RL-AUTH-1 RL-AUTH-2 RL-AUTH-3 RL-PAGE-1 RL-PAGE-2 RL-RATE-1 RL-RATE-2 RL-ERR-1 RL-ERR-2 RL-ONCE-1 RL-TIME-1 "
        "RL-STATUS-1 RL-SYNC-1 RL-PIN-1 RL-HOOK-1 RL-HOOK-2 RL-HOOK-3 RL-HOOK-4 RL-HOOK-5 RL-VERS-1 RL-SECRET-1 RL-STATE-1 "
        "RL-COUNT-1 RL-REVOKE-1 RL-SETUP-1 RL-DEACT-1 RL-EXTEND-1 RL-INHERIT-1 RL-TOL-1 RL-PINS-1 RL-MAIL-1"
    )
    assert {law.id for law in PACT.laws} == set(promised.split())
