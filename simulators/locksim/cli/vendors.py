"""The vendors that a command line names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locksim import registry
from locksim.cli.errors import CommandError

if TYPE_CHECKING:
    from locksim.engine.vendor import Vendor

__all__ = ["load"]


def load(name: str) -> Vendor:
    """Return the vendor of this name. Raises CommandError."""
    from locksim.engine.errors import Unknown

    try:
        return registry.load(name)
    except Unknown as unknown:
        raise CommandError(str(unknown)) from None
