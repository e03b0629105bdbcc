"""What the API refuses.

    CodelocksError
    ├── GatewayError                by the gateway in front of the API: `{"message": …}`
    │   ├── NoSuchRoute       403   there is no such path, or no such method on it
    │   ├── BadKey            403   x-api-key is missing or not a key of this API
    │   └── LimitExceeded     429   the month's quota is used up
    ├── MissingParameter      404   a required parameter is missing
    ├── NoLock                404   the account has no such K3Connect lock
    ├── InvalidData           400   a value is invalid
    │   └── BadAccessKey      400   not the account's access key (`observed`: 401 without a body)
    ├── ServerError           500
    └── TertiaryError         502   the system behind the API (K3Connect's) does not answer

`serialization.refusal` renders them: the caller gets `messages`, the journal gets `sentence`.
"""

from __future__ import annotations

from collections.abc import Sequence

from locksim.api.errors import ApiError

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


class CodelocksError(ApiError):
    """The root. `messages` are what the caller reads."""

    def __init__(self, messages: Sequence[str], sentence: str) -> None:
        super().__init__(sentence)
        self.messages = tuple(messages)


class GatewayError(CodelocksError):
    """A refusal by the gateway; `error_type` is its x-amzn-ErrorType."""

    status = 403
    error_type = "ForbiddenException"
    message = "Forbidden"

    def __init__(self, sentence: str) -> None:
        super().__init__((self.message,), sentence)


class NoSuchRoute(GatewayError):
    """There is no such path, or no such method on it."""

    error_type = "MissingAuthenticationTokenException"
    message = "Missing Authentication Token"


class BadKey(GatewayError):
    """x-api-key is missing, or not a key of this API."""


class LimitExceeded(GatewayError):
    """The month's quota is used up."""

    status = 429
    error_type = "LimitExceededException"
    message = "Limit Exceeded"


class MissingParameter(CodelocksError):
    """Required parameters are missing or empty. `where` is "query" or "form"."""

    status = 404

    def __init__(self, names: Sequence[str], where: str) -> None:
        messages = [f"[Missing Parameter] {name}" for name in names]
        super().__init__(messages, f"missing in the {where}: {', '.join(names)}; these parameters are required")


class NoLock(CodelocksError):
    """The account has no such K3Connect lock."""

    status = 404

    def __init__(self, locks: Sequence[str]) -> None:
        known = f"it has {', '.join(locks)}" if locks else "it has none"
        super().__init__(("[Not Found] No lock found",), f"the account has no such K3Connect lock; {known}")


class InvalidData(CodelocksError):
    """The value of `what` is not what was `expected`. `reason` is for the journal only."""

    status = 400

    def __init__(self, what: str, expected: str, reason: str = "") -> None:
        detail = f" ({reason})" if reason else ""
        message = f"[Invalid Data] {what} (Expected: {expected})"
        super().__init__((message,), f"invalid {what}: expected {expected}{detail}")


class BadAccessKey(InvalidData):
    """Not the access key of the account."""

    def __init__(self) -> None:
        super().__init__("Access Key", "the account's present access key, from the K3 Connect app")


class ServerError(CodelocksError):
    """The API itself failed."""

    def __init__(self) -> None:
        super().__init__(("[Server Error] Internal server error",), "a fault was injected, or the simulator failed")


class TertiaryError(CodelocksError):
    """The system behind the API does not answer."""

    status = 502

    def __init__(self) -> None:
        super().__init__(("[Tertiary Error] Tertiary endpoint error",), "the system behind the API did not answer")
