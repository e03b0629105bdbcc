"""Recovery of a world with a Codelocks account."""

from __future__ import annotations

from hypothesis import settings

from locksim.codelocks import VENDOR
from tests import recovery
from tests.codelocks.hints import HINTS
from tests.vendor_suites import RecoverySuite


class TestRecovery(RecoverySuite):
    vendor, hints = VENDOR, HINTS

    def test_walks_with_drift_and_drain_replay_to_the_same_bytes(self) -> None:
        """100 walks under the profile `thorough`."""
        examples = settings().max_examples // 20
        recovery.check_replays(VENDOR, HINTS, examples=examples, clock_drift=5, battery_drain=300)
