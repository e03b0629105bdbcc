"""Drift: what changed between two servers of a vendor, told in the fewest steps.

drift(pact, Server("https://…"), Server("https://…"))
"""

from __future__ import annotations

from lockpact.drift.cleanup import cleanup
from lockpact.drift.run import drift
from lockpact.drift.servers import Server
from lockpact.drift.report import Verdict

__all__ = ["Server", "Verdict", "cleanup", "drift"]
