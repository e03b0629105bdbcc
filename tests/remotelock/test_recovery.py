"""Recovery of a world with a RemoteLock account."""

from __future__ import annotations

from tests.remotelock.hints import HINTS, WALKED
from tests.vendor_suites import RecoverySuite


class TestRecovery(RecoverySuite):
    vendor, hints = WALKED, HINTS
