"""Compare two servers of a vendor, and report each difference with the fewest steps that show it.

drift(pact, Server("https://…"), Server("https://…"))
"""

from __future__ import annotations

from lockpact.drift.cleanup import cleanup
from lockpact.drift.report import DriftResult
from lockpact.drift.run import drift
from lockpact.drift.servers import Server

__all__ = ["DriftResult", "Server", "cleanup", "drift"]
