"""Determinism of a world with a Codelocks account."""

from __future__ import annotations

import pytest

from locksim.codelocks import VENDOR
from tests.codelocks.hints import HINTS
from tests.vendor_suites import DeterminismSuite


@pytest.mark.rule("CL-R19")
class TestDeterminism(DeterminismSuite):
    vendor, hints = VENDOR, HINTS
    vendor_name, hints_name = "locksim.codelocks:VENDOR", "tests.codelocks.hints:HINTS"
    steps, seeds, walk = 1000, range(7, 13), 300
    statuses = frozenset({200, 400, 403, 404, 502})
