"""The Nuki reference client."""

from __future__ import annotations

from lockpact.nuki import PACT
from tests.vendor_suites import ReferenceSuite


class TestReference(ReferenceSuite):
    pact = PACT
    examples = 40
    laws = (
        "NK-AUTH-1 NK-AUTH-2 NK-AUTH-3 NK-AUTH-4 NK-AUTH-5 NK-AUTH-6 NK-STATE-1 NK-STATE-2 NK-STATE-3 "
        "NK-STATE-4 NK-STATE-5 NK-LIST-1 NK-LIST-2 NK-TOL-1 NK-ID-1 NK-BATT-1 NK-ACT-1 NK-ACT-2 NK-ACT-3 "
        "NK-ACT-4 NK-ACT-5 NK-CB-1 NK-CB-4 NK-CB-2 NK-CB-3 NK-CONV-1 NK-CB-5 NK-DISC-1 NK-DISC-2 NK-SERIAL-1 "
        "NK-SERIAL-2 NK-CAP-1 NK-SECRET-1 NK-OP-1 NK-OP-2 NK-AWAY-1 NK-OP-3 NK-START-1 NK-QUIET-1 "
        "NK-STATE-6 NK-LIST-3 NK-ID-2 NK-CB-6 NK-CB-7 NK-OP-4"
    )
