"""What Nokē refuses. Every refusal is HTTP 200 with `result: "failure"` and one of the vendor's own codes.

    NokeError           99   unknown
    ├── Internal         1   the server itself failed
    ├── BadKey           2   no key, a wrong one, another server's, or one that is not for this call
    ├── BadInput         3   a body or a field that is none
    ├── WrongMethod      4   every call is a POST
    ├── UnknownEndpoint  5   there is no such call
    │   └── NotLive          there is, but not yet on this server
    ├── UnknownLock      7   no lock, or fob, of this server has the MAC
    ├── UnlockFailed   100   only planted: the unlock could not be prepared
    └── Unreadable     101   an upload that the server cannot read

Routes and rules raise; `routes.refused` alone renders. The sentence goes to the caller as `message` and into the
journal: what was wrong and what would work, and never a key, a command or a session.
"""

from __future__ import annotations

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


class NokeError(Exception):
    """A refusal: `code` and the sentence go to the caller."""

    code = 99

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Internal(NokeError):
    """The server itself failed."""

    code = 1


class BadKey(NokeError):
    """No key, a wrong one, another server's, or one that is not for this call."""

    code = 2


class BadInput(NokeError):
    """A body or a field that is none."""

    code = 3


class WrongMethod(NokeError):
    """Every call is a POST."""

    code = 4


class UnknownEndpoint(NokeError):
    """There is no such call."""

    code = 5


class NotLive(UnknownEndpoint):
    """There is such a call, but not yet on this server."""


class UnknownLock(NokeError):
    """No lock, or fob, of this server has the MAC."""

    code = 7


class UnlockFailed(NokeError):
    """The unlock could not be prepared. Nothing here does that by itself; a fault may."""

    code = 100


class Unreadable(NokeError):
    """An upload that the server cannot read."""

    code = 101
