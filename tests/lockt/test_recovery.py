"""Recovery of a customer's instance."""

from __future__ import annotations

from locksim.lockt import VENDOR
from tests.lockt.hints import HINTS, STATE
from tests.vendor_suites import RecoverySuite


class TestRecovery(RecoverySuite):
    vendor, hints = VENDOR, HINTS
    options = {"state": STATE}  # noqa: RUF012 - a ClassVar of the suite
