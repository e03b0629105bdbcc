"""What the API refuses, and with what.

    CodelocksError
    ├── GatewayError                the gateway in front, before the API: `{"message": …}`
    │   ├── NoSuchRoute       403   no such path, or no such method on it
    │   ├── BadKey            403   x-api-key is missing or not a key
    │   └── LimitExceeded     429   the month's quota is spent
    ├── MissingParameter      404   a required parameter is not there
    ├── NoLock                404   the account has no such K3Connect lock
    ├── InvalidData           400   a value is none
    │   └── BadAccessKey      400   not the account's access key (`observed`: 401, no body)
    ├── ServerError           500
    └── TertiaryError         502   the system behind the API (K3Connect's) does not answer

Routes and rules raise; `routes.refused` alone renders. `sentence` is for the journal: what the API objects to, and
what would work. What goes to the caller are `said`.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "BadAccessKey",
    "BadKey",
    "CodelocksError",
    "GatewayError",
    "InvalidData",
    "LimitExceeded",
    "MissingParameter",
    "NoLock",
    "NoSuchRoute",
    "ServerError",
    "TertiaryError",
]


class CodelocksError(Exception):
    """A refusal: `status` and `said` go to the caller, `sentence` into the journal."""

    status = 500

    def __init__(self, said: Sequence[str], sentence: str) -> None:
        super().__init__(sentence)
        self.said, self.sentence = tuple(said), sentence


class GatewayError(CodelocksError):
    """The gateway's own refusal; `kind` is its x-amzn-ErrorType."""

    status = 403
    kind = "ForbiddenException"
    message = "Forbidden"

    def __init__(self, sentence: str) -> None:
        super().__init__((self.message,), sentence)


class NoSuchRoute(GatewayError):
    """No such path, or no such method on it."""

    kind = "MissingAuthenticationTokenException"
    message = "Missing Authentication Token"


class BadKey(GatewayError):
    """x-api-key is missing, or not a key."""


class LimitExceeded(GatewayError):
    """The month's quota is spent."""

    status = 429
    kind = "LimitExceededException"
    message = "Limit Exceeded"


class MissingParameter(CodelocksError):
    """Required parameters are not there, or empty."""

    status = 404

    def __init__(self, names: Sequence[str], where: str) -> None:
        said = [f"[Missing Parameter] {name}" for name in names]
        super().__init__(said, f"{', '.join(names)} must be given, in the {where}")


class NoLock(CodelocksError):
    """The account has no such K3Connect lock."""

    status = 404

    def __init__(self, locks: Sequence[str]) -> None:
        there = ", ".join(locks) or "none"
        super().__init__(("[Not Found] No lock found",), f"the account has no such K3Connect lock; it has {there}")


class InvalidData(CodelocksError):
    """`what` is not what was `expected`."""

    status = 400

    def __init__(self, what: str, expected: str, because: str = "") -> None:
        why = f" ({because})" if because else ""
        said = f"[Invalid Data] {what} (Expected: {expected})"
        super().__init__((said,), f"{what} is refused: expected {expected}{why}")


class BadAccessKey(InvalidData):
    """Not the access key of the account."""

    def __init__(self) -> None:
        super().__init__("Access Key", "the account's present access key, from the K3 Connect app")


class ServerError(CodelocksError):
    """The API itself failed."""

    def __init__(self) -> None:
        super().__init__(("[Server Error] Internal server error",), "a failure was planted, or the stand-in failed")


class TertiaryError(CodelocksError):
    """The system behind the API does not answer."""

    status = 502

    def __init__(self) -> None:
        super().__init__(("[Tertiary Error] Tertiary endpoint error",), "the system behind the API did not answer")
