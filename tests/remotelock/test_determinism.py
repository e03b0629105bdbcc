"""Determinism of a world with a RemoteLock account."""

from __future__ import annotations

from tests.remotelock.hints import HINTS, WALKED
from tests.vendor_suites import DeterminismSuite


class TestDeterminism(DeterminismSuite):
    vendor, hints = WALKED, HINTS
    vendor_name, hints_name = "tests.remotelock.hints:WALKED", "tests.remotelock.hints:HINTS"
    steps, examples = 1000, 15
