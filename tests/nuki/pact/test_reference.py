"""The Nuki reference client."""

from __future__ import annotations

from lockpact.nuki import PACT
from tests.vendor_suites import ReferenceSuite


class TestReference(ReferenceSuite):
    pact = PACT
    examples = 40
    laws = (
        "NK-AUTH-1 NK-AUTH-2 NK-AUTH-3 NK-STATE-1 NK-STATE-2 NK-STATE-3 NK-ACT-1 NK-ACT-2 NK-ACT-3 NK-ACT-4 NK-ID-1 "
        "NK-CB-1 NK-CB-2 NK-CB-3 NK-CB-4 NK-DISC-1 NK-SERIAL-1 NK-BATT-1 NK-CAP-1 NK-SECRET-1"
    )
