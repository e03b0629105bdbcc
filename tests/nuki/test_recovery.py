"""Recovery of a world with a Nuki bridge."""

from __future__ import annotations

from locksim.nuki import VENDOR
from tests.nuki.hints import HINTS
from tests.vendor_suites import RecoverySuite


class TestRecovery(RecoverySuite):
    vendor, hints = VENDOR, HINTS
    profiles = ("documented", "observed")
