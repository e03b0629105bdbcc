"""The refusals of the bridge, one class each.

    NukiError
    ├── BadRequest          400   a flag, an action, a URL or a number is invalid
    ├── Unauthorized        401   the token is wrong, or the API is not enabled
    ├── Forbidden           403   /auth is disabled
    ├── NotFound            404
    │   ├── UnknownLock           no paired Smart Lock has this id
    │   ├── UnknownPath           the bridge has no such endpoint
    │   └── NotOnSoftware         a software bridge has no such endpoint
    ├── WrongMethod         405   the bridge has GET only
    └── Unavailable         503
        ├── LockOffline           the Smart Lock does not answer over Bluetooth
        └── Busy                  the bridge is serving another call (`observed`)

Checks, parameters and handlers raise them; `serialization.refusal` renders them. The sentence goes into the journal.
"""

from __future__ import annotations

from locksim.api.errors import ApiError

__all__ = [
    "BadRequest",
    "Busy",
    "Forbidden",
    "LockOffline",
    "NotFound",
    "NotOnSoftware",
    "NukiError",
    "Unauthorized",
    "Unavailable",
    "UnknownLock",
    "UnknownPath",
    "WrongMethod",
]


class NukiError(ApiError):
    """The root of the bridge's refusals. The caller gets `status`, and from later firmware `reason`."""

    reason = "Internal Server Error"


class BadRequest(NukiError):
    """A flag, an action, a URL or a number is invalid."""

    status = 400
    reason = "Bad Request"


class Unauthorized(NukiError):
    """The token is wrong, or the API is not enabled."""

    status = 401
    reason = "Unauthorized"


class Forbidden(NukiError):
    """/auth is disabled."""

    status = 403
    reason = "Forbidden"


class NotFound(NukiError):
    """There is no such lock or endpoint."""

    status = 404
    reason = "Not Found"


class UnknownLock(NotFound):
    """No paired Smart Lock has this id."""


class UnknownPath(NotFound):
    """The bridge has no such endpoint."""


class NotOnSoftware(NotFound):
    """A software bridge has no such endpoint."""


class WrongMethod(NukiError):
    """The bridge has GET only."""

    status = 405
    reason = "Method Not Allowed"


class Unavailable(NukiError):
    """The bridge cannot do it now."""

    status = 503
    reason = "Unavailable"


class LockOffline(Unavailable):
    """The Smart Lock does not answer over Bluetooth."""


class Busy(Unavailable):
    """The bridge is serving another call."""
