"""Determinism of a customer's instance."""

from __future__ import annotations

from locksim.lockt import VENDOR
from tests.lockt.hints import HINTS, STATE
from tests.vendor_suites import DeterminismSuite


class TestDeterminism(DeterminismSuite):
    vendor, hints = VENDOR, HINTS
    vendor_name, hints_name = "locksim.lockt:VENDOR", "tests.lockt.hints:HINTS"
    profiles = ("documented",)
    options = {"state": STATE}  # noqa: RUF012 - a ClassVar of the suite
    steps = 1000
    statuses = frozenset({200, 400, 401, 404})
