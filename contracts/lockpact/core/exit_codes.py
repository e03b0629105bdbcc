"""The exit codes of every `lockpact` command, and the exception behind "could not run"."""

from __future__ import annotations

__all__ = ["BROKEN", "INTERRUPTED", "KEPT", "NOTHING", "CouldNotRun"]

KEPT, BROKEN, NOTHING, INTERRUPTED = 0, 1, 2, 130
"""Kept; broken; could not run or proved nothing; interrupted by the user. A run that SIGTERM ends has 143."""


class CouldNotRun(Exception):
    """The run proved nothing. The text says why, and what to do."""
