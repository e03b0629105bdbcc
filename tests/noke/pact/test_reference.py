"""The Nokē reference client."""

from __future__ import annotations

from lockpact.noke import PACT
from tests.vendor_suites import ReferenceSuite


class TestReference(ReferenceSuite):
    pact = PACT
    examples = 30
    laws = (
        "NO-RESULT-1 NO-PART-1 NO-KEY-1 NO-CMD-1 NO-UPLOAD-1 NO-SETUP-1 NO-SYNC-1 NO-REVOKE-1 NO-LIMIT-1 NO-QC-1 "
        "NO-VERS-1 NO-ENV-1 NO-ORDER-1 NO-FRESH-1 NO-SLOT-1 NO-FOBREV-1 NO-RESET-1 NO-ENGAGE-1 NO-SHACKLE-1 NO-FW-1 NO-ACT-1 "
        "NO-FOB-1 NO-BATT-1 NO-SECRET-1 NO-ERROR-1 NO-SENT-1 NO-EFFECT-1 NO-DONE-1 NO-TIME-1 NO-ONCE-1 NO-OFFLINE-1 NO-BACK-1 "
        "NO-BOUND-1 NO-CALM-1 NO-ACTIVE-1 NO-ACTIVE-2 NO-SHOW-1 NO-REASON-1 NO-WORKS-1"
    )
