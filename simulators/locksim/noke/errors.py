"""The errors of a Core API server. Each is answered with HTTP 200, `result: "failure"` and one of the vendor's codes.

    NokeError           99   unknown
    ├── Internal         1   the server itself failed
    ├── BadKey           2   no key, a wrong one, another server's, or one that is not for this call
    ├── BadInput         3   an invalid body or field
    ├── WrongMethod      4   another method than POST
    ├── UnknownEndpoint  5   there is no such call
    │   └── NotLive          the call is not yet live on this server
    ├── UnknownLock      7   no lock, or fob, of this server has the MAC
    ├── UnlockFailed   100   the unlock could not be prepared (only as an injected fault)
    └── Unreadable     101   an upload that the server cannot read

`operations.request.fail` renders them. The sentence goes to the caller as `message` and into the journal. It says what
was wrong and what would work. It never contains a key, a command or a session.
"""

from __future__ import annotations

from locksim.api.errors import ApiError

__all__ = [
    "BadInput",
    "BadKey",
    "Internal",
    "NokeError",
    "NotLive",
    "UnknownEndpoint",
    "UnknownLock",
    "UnlockFailed",
    "Unreadable",
    "WrongMethod",
]


class NokeError(ApiError):
    """The root of the server's errors. `code` and the sentence go to the caller."""

    status = 200
    code = 99


class Internal(NokeError):
    """The server itself failed."""

    code = 1


class BadKey(NokeError):
    """No key, a wrong one, another server's, or one that is not for this call."""

    code = 2


class BadInput(NokeError):
    """The body or a field is invalid."""

    code = 3


class WrongMethod(NokeError):
    """The method is not POST."""

    code = 4


class UnknownEndpoint(NokeError):
    """There is no such call."""

    code = 5


class NotLive(UnknownEndpoint):
    """The call is not yet live on this server."""


class UnknownLock(NokeError):
    """No lock, or fob, of this server has the MAC."""

    code = 7


class UnlockFailed(NokeError):
    """The unlock could not be prepared. Only an injected fault raises it."""

    code = 100


class Unreadable(NokeError):
    """The server cannot read an upload."""

    code = 101
