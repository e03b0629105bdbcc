"""The Codelocks reference client."""

from __future__ import annotations

from lockpact.codelocks import PACT
from tests.vendor_suites import ReferenceSuite


class TestReference(ReferenceSuite):
    pact = PACT
    examples = 25
    laws = (
        "CL-DET-1 CL-QUOTA-1 CL-START-1 CL-TZ-1 CL-END-1 CL-CODE-1 CL-ERR-1 CL-KEY-1 CL-CLIENT-1 CL-AUDIT-1 "
        "CL-KEEP-1 CL-REVOKE-1 CL-INIT-1 CL-INIT-2 CL-BATT-1 CL-ROT-1 CL-INVITE-1 CL-AUDIT-2 CL-MODEL-1 "
        "CL-SHOWN-1 CL-INIT-3 CL-ROT-2 CL-DONE-1 CL-LIST-1 CL-BATT-2 CL-SUSPEND-1 CL-INVITE-2 CL-INVITE-3 CL-REMOVE-1 "
        "CL-ENTRY-1 CL-AUDIT-3 CL-CALM-1 CL-BACK-1 CL-OP-1 CL-KEY-2 CL-CODE-2"
    )
