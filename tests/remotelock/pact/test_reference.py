"""The RemoteLock reference client."""

from __future__ import annotations

from lockpact.remotelock import PACT
from tests.vendor_suites import ReferenceSuite


class TestReference(ReferenceSuite):
    pact = PACT
    examples = 50
    laws = (
        "RL-AUTH-1 RL-AUTH-2 RL-AUTH-3 RL-PAGE-1 RL-PAGE-2 RL-RATE-1 RL-RATE-2 RL-ERR-1 RL-ERR-2 RL-ONCE-1 RL-TIME-1 "
        "RL-STATUS-1 RL-SYNC-1 RL-PIN-1 RL-HOOK-1 RL-HOOK-2 RL-HOOK-3 RL-HOOK-4 RL-HOOK-5 RL-VERS-1 RL-SECRET-1 RL-STATE-1 "
        "RL-COUNT-1 RL-REVOKE-1 RL-SETUP-1 RL-DEACT-1 RL-EXTEND-1 RL-INHERIT-1 RL-TOL-1 RL-PINS-1 RL-MAIL-1 "
        "RL-AUTH-4 RL-AUTH-5 RL-DO-1 RL-ERR-3 RL-ERR-4 RL-EVENT-1 RL-LIST-1 RL-ONLY-1 RL-PIN-2 RL-QUIET-1 RL-SAVE-1 RL-SECRET-2 "
        "RL-SHOW-1 RL-START-1 RL-CONV-1 RL-GONE-1 RL-ERR-5"
    )
