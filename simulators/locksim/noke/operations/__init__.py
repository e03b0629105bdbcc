"""Every operation of the Core API: one module a chapter of the document, one row an operation."""

from __future__ import annotations

from locksim.api.near_miss import suggest
from locksim.api.operations import Api
from locksim.noke.errors import NokeError, UnknownEndpoint
from locksim.noke.operations import activity, clicks, firmware, fobs, keys, locks
from locksim.noke.operations.request import (
    Request,
    check_body,
    check_key,
    check_live,
    check_method,
    check_version,
    fail,
)

__all__ = ["API"]

_OPERATIONS = (
    *locks.OPERATIONS,
    *keys.OPERATIONS,
    *clicks.OPERATIONS,
    *fobs.OPERATIONS,
    *activity.OPERATIONS,
    *firmware.OPERATIONS,
)
_BY_PATH = {operation.path.removesuffix("/"): operation for operation in _OPERATIONS}
"""Paths are taken with or without a slash at their end."""


def _check_endpoint(context: Request) -> None:
    """The path must be known, whatever the method is."""
    context.operation = _BY_PATH.get(context.path.removesuffix("/"))
    if context.operation is None:
        raise UnknownEndpoint(f"there is no such call; {suggest(context.path[:60], _BY_PATH, suffix='/')}")


API = Api(
    operations=_OPERATIONS,
    checks=(_check_endpoint, check_method, check_live, check_key, check_body, check_version),
    refuse=fail,
    context=Request,
    error=NokeError,
    strict_slashes=False,
    options=False,
)
