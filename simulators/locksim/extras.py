"""Libraries that only an extra of the installation brings."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from locksim.engine.errors import Refused

__all__ = ["require"]


def require(module: str, extra: str, what: str) -> Any:
    """Import a module, and return it. Raises Refused: the extra that `what` needs is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        raise Refused(f"{what} needs {missing.name}; install it with: pip install 'lockpact[{extra}]'") from None
