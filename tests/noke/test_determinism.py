"""Determinism of a world with Nokē locks."""

from __future__ import annotations

from typing import ClassVar

import locksim
from locksim.noke import VENDOR
from tests.noke.caller import Caller
from tests.noke.hints import HINTS, STATE
from tests.noke.seeds import stir
from tests.vendor_suites import DeterminismSuite


class TestDeterminism(DeterminismSuite):
    vendor, hints = VENDOR, HINTS
    vendor_name, hints_name = "locksim.noke:VENDOR", "tests.noke.hints:HINTS"
    profiles = ("documented",)
    options: ClassVar = {"state": STATE}
    steps = 1000
    statuses = frozenset({200})


def test_a_journal_of_real_commands_replays_to_the_same_bytes() -> None:
    """Keys, sessions, commands and responses depend only on the seed and the inputs before."""
    first, second = Caller(), Caller()
    for company in (first, second):
        stir(company)
    assert first.site.journal.jsonl() == second.site.journal.jsonl()
    again = locksim.World(seed=7, vendors=["noke"])
    for entry in first.world.core.journal:
        again.apply(entry.input)
    assert again.core.checkpoint() == first.world.core.checkpoint()
    other = Caller(seed=8)
    stir(other)
    assert other.site.journal.jsonl() != first.site.journal.jsonl()
