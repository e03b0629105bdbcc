"""Read a vendor's table of operations: what each one does, for live permissions and drift."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from lockpact.core.pact import VendorOperation

__all__ = ["lazy_operations", "vendor_operations"]


def lazy_operations(vendor: str) -> Callable[[], tuple[VendorOperation, ...]]:
    """Return what loads the vendor's table when it is called, for `LiveRules.operations`."""
    return partial(vendor_operations, vendor)


@cache
def vendor_operations(vendor: str) -> tuple[VendorOperation, ...]:
    """Return the vendor's operations, in the order of its table. Raises locksim's Unknown."""
    from locksim.registry import api

    return tuple(VendorOperation(row.method, row.path, row.effect, row.quota) for row in api(vendor))
