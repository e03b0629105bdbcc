"""Drift: what changed between two servers of a vendor, told in the fewest steps.

drift(pact, Server("https://…"), Server("https://…"))
"""

from __future__ import annotations

from lockpact.drift.run import Server, Verdict, cleanup, drift

__all__ = ["Server", "Verdict", "cleanup", "drift"]
