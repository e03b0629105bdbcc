"""Every operation of the API, one row each, in a module for each group of chapters.

Before each operation the checks judge, in this order: the host (404), the token (401), the rate (429), the version (406),
the path (404) and its method (405). The parameters then check, in the order of the row, that the resource exists (404),
and that the body can be read (415, 400) and has a known `type` (422). Last come restricted actions (403) and the
attributes (422).
"""

from __future__ import annotations

from locksim.api.near_miss import suggest
from locksim.api.operations import Api
from locksim.remotelock.errors import NotFound, RemoteLockError, WrongMethod
from locksim.remotelock.operations import (
    accounts,
    common,
    devices,
    notifications,
    oauth,
    persons,
    resort_guests,
    schedules,
)
from locksim.remotelock.request_context import RequestContext

__all__ = ["API"]


def _check_operation(context: RequestContext) -> None:
    """The path and the method must be those of an operation."""
    if context.allowed_methods is not None:
        allow = ", ".join(sorted(context.allowed_methods))
        raise WrongMethod(
            "Method not allowed", allow, f"this path has no method {context.method[:20]!r}; its methods are {allow}"
        )
    if context.operation is None:
        path = common.split_version(context.path)[1][:60]
        raise NotFound("Not found", f"there is no {path!r}; {suggest(path, API.paths, cutoff=0.5)}")


API = Api(
    operations=(
        *oauth.OPERATIONS,
        *accounts.OPERATIONS,
        *persons.OPERATIONS,
        *devices.OPERATIONS,
        *schedules.OPERATIONS,
        *notifications.OPERATIONS,
        *resort_guests.OPERATIONS,
    ),
    checks=(
        common.check_host,
        common.check_token,
        common.check_rate,
        common.check_version,
        _check_operation,
    ),
    refuse=common.refuse,
    context=RequestContext,
    error=RemoteLockError,
    finish=common.add_rate_headers,
    options=False,
    normalize=lambda path: common.split_version(path)[1],
)
