"""Determinism of a world with a Nuki bridge."""

from __future__ import annotations

from locksim.nuki import VENDOR
from tests.nuki.hints import HINTS
from tests.vendor_suites import DeterminismSuite


class TestDeterminism(DeterminismSuite):
    vendor, hints = VENDOR, HINTS
    vendor_name, hints_name = "locksim.nuki:VENDOR", "tests.nuki.hints:HINTS"
