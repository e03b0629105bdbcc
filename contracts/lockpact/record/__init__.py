"""Recordings: redacted answers of live servers, as evidence for or against the rules of our simulators.

record(pact, Server("https://…"), Path("recordings"))
"""

from __future__ import annotations

from lockpact.record.run import record

__all__ = ["record"]
