"""Recovery of a world with a Codelocks account."""

from __future__ import annotations

from locksim.codelocks import VENDOR
from tests.codelocks.hints import HINTS
from tests.vendor_suites import RecoverySuite


class TestRecovery(RecoverySuite):
    vendor, hints = VENDOR, HINTS
