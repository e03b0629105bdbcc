"""The error that ends a command."""

from __future__ import annotations

__all__ = ["CommandError"]


class CommandError(Exception):
    """The command cannot run. The text says why, and what to do."""
