"""The Lockt reference client."""

from __future__ import annotations

from lockpact.lockt import PACT
from tests.vendor_suites import ReferenceSuite


class TestReference(ReferenceSuite):
    pact = PACT
    laws = (
        "LT-BATCH-1 LT-BATCH-2 LT-PART-1 LT-IDEM-1 LT-OPT-1 LT-PRIV-1 LT-EVENT-1 LT-TIME-1 LT-FOB-1 LT-IGNORED-1 "
        "LT-DISABLE-1 LT-PRIV-2 LT-EVENT-2 LT-EVENT-3 LT-ERR-1 LT-AUTH-1 LT-SECRET-1 LT-READ-1 LT-SAVE-1 LT-EVENT-4 "
        "LT-READ-2 LT-OP-1 LT-SECRET-2 LT-LIST-1 LT-ODD-1 LT-START-1 LT-RETRY-1 LT-CONV-1"
    )
    examples = 60
