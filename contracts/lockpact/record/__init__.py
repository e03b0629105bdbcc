"""Recordings: what live servers answer, redacted before it is written, as evidence for or against our stand-ins' rules.

record(pact, Server("https://…"), Path("recordings"))
"""

from __future__ import annotations

from lockpact.record.run import record

__all__ = ["record"]
