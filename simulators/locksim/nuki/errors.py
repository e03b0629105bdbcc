"""What the bridge refuses with a status.

    NukiError
    ├── BadRequest          400   a flag, an action, a URL or a number is none
    ├── Unauthorized        401   the token is not the bridge's, or the API is off
    ├── Forbidden           403   /auth is switched off
    ├── NotFound            404
    │   ├── UnknownLock           no paired Smart Lock has this id
    │   ├── UnknownPath           the bridge has no such endpoint
    │   └── NotOnSoftware         the software bridge has no such endpoint
    ├── WrongMethod         405   the bridge speaks GET alone
    └── Unavailable         503
        ├── LockOffline           the Smart Lock does not answer over Bluetooth
        └── Busy                  the bridge is still serving somebody else (`observed`)

Routes and rules raise; `routes.refused` alone renders. The sentence is for the journal: what the bridge objects to,
and what would work. It never leaves the stand-in.
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
    """The root of the bridge's refusals. `status` and `reason` go to the caller."""

    reason = "Internal Server Error"


class BadRequest(NukiError):
    """A flag, an action, a URL or a number is none."""

    status = 400
    reason = "Bad Request"


class Unauthorized(NukiError):
    """The token is not the bridge's, or the API is off."""

    status = 401
    reason = "Unauthorized"


class Forbidden(NukiError):
    """/auth is switched off."""

    status = 403
    reason = "Forbidden"


class NotFound(NukiError):
    """There is nothing of this name."""

    status = 404
    reason = "Not Found"


class UnknownLock(NotFound):
    """No paired Smart Lock has this id."""


class UnknownPath(NotFound):
    """The bridge has no such endpoint."""


class NotOnSoftware(NotFound):
    """The software bridge has no such endpoint."""


class WrongMethod(NukiError):
    """The bridge speaks GET alone."""

    status = 405
    reason = "Method Not Allowed"


class Unavailable(NukiError):
    """Not now."""

    status = 503
    reason = "Unavailable"


class LockOffline(Unavailable):
    """The Smart Lock does not answer over Bluetooth."""


class Busy(Unavailable):
    """The bridge is still serving somebody else."""
