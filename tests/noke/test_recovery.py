"""Recovery of a world with Nokē locks."""

from __future__ import annotations

from typing import ClassVar

from locksim.noke import VENDOR
from tests.noke.hints import HINTS, STATE
from tests.vendor_suites import RecoverySuite


class TestRecovery(RecoverySuite):
    vendor, hints = VENDOR, HINTS
    options: ClassVar = {"state": STATE}
