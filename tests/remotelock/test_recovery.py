"""Recovery of a world with a RemoteLock account."""

from __future__ import annotations

import pytest

from tests import fuzz, recovery
from tests.remotelock.hints import HINTS, WALKED
from tests.vendor_suites import RecoverySuite


class TestRecovery(RecoverySuite):
    vendor, hints = WALKED, HINTS


@pytest.mark.fuzz
@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_a_walk_with_drift_and_drain_replays_to_the_same_bytes(profile: str) -> None:
    """`make fuzz` makes 100 walks, CI a few."""
    physics = {"clock_drift": 60, "battery_drain": 300}
    recovery.check_replays(WALKED, HINTS, examples=max(3, fuzz.EXAMPLES // 20), profile=profile, **physics)
