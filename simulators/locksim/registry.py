"""The registry of the vendors, and where each one's `VENDOR` is.

A vendor is loaded at its first use, so that a user of one loads one. Nothing else in the shared part of this package names a
vendor, and no vendor names another.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locksim.api.operations import Api
    from locksim.engine.vendor import Vendor

__all__ = ["NAMES", "api", "load", "select"]

_MODULES = {
    "noke": "locksim.noke:VENDOR",
    "remotelock": "locksim.remotelock:VENDOR",
    "lockt": "locksim.lockt:VENDOR",
    "codelocks": "locksim.codelocks:VENDOR",
    "nuki": "locksim.nuki:VENDOR",
}

NAMES: tuple[str, ...] = tuple(_MODULES)
"""Every vendor's name, in the order of their ports."""


def load(name: str) -> Vendor:
    """Return the vendor of this name. Raises Unknown for a name that is not registered."""
    try:
        module, _, attribute = _MODULES[name].partition(":")
    except KeyError:
        from locksim.engine.errors import Unknown

        raise Unknown(f"there is no vendor {name!r}; there are: {', '.join(NAMES)}") from None
    vendor: Vendor = getattr(import_module(module), attribute)
    return vendor


def select(vendors: Iterable[str | Vendor] | None = None) -> list[Vendor]:
    """Return these vendors, in the order given; None: all of them. Raises Unknown."""
    wanted: Iterable[str | Vendor] = NAMES if vendors is None else dict.fromkeys(vendors)
    return [load(one) if isinstance(one, str) else one for one in wanted]


def api(name: str) -> Api[Any]:
    """Load the vendor's table of operations. Raises Unknown for a name that is not registered."""
    found: Api[Any] = import_module(f"{load(name).state.__module__.rpartition('.')[0]}.operations").API
    return found
