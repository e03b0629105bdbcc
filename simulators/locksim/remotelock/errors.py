"""The errors of the API, with their status codes.

    RemoteLockError
    ├── Unauthorized          401   no valid access token: empty body, WWW-Authenticate
    ├── GeneralError                {"message", "type"}
    │   ├── BadRequest        400   unreadable: invalid JSON, no `attributes`, a page beyond the limit
    │   ├── Forbidden         403   the action is restricted for this resource
    │   │   └── Unpaid        403   the account has no subscription
    │   ├── NotFound          404   no such resource in this account, or no such path
    │   ├── WrongMethod       405   the path has other methods
    │   ├── NotAcceptable     406   no such version
    │   ├── NotJson           415   the body is not application/json
    │   └── TooMany           429   {"message"} alone, as documented
    ├── Invalid               422   {"attributes", "errors": [{"attribute", "messages", "full_messages"}]}
    └── OAuthError        400 401   RFC 6749, 5.2: {"error", "error_description"}

Checks, parameters and rules raise them. `serialization.error_answer` renders them. A client sees `message` (or the
messages of `Invalid`), never the sentence for the journal.
"""

from __future__ import annotations

from locksim.api.errors import ApiError

__all__ = [
    "BadRequest",
    "Forbidden",
    "GeneralError",
    "Invalid",
    "NotAcceptable",
    "NotFound",
    "NotJson",
    "OAuthError",
    "RemoteLockError",
    "TooMany",
    "Unauthorized",
    "Unpaid",
    "WrongMethod",
]


class RemoteLockError(ApiError):
    """The root of the API's errors."""


class Unauthorized(RemoteLockError):
    """No valid access token. `description` is part of WWW-Authenticate."""

    status = 401

    def __init__(self, description: str, sentence: str) -> None:
        super().__init__(sentence)
        self.description = description


class GeneralError(RemoteLockError):
    """An error with a message and a type (chapter *General errors*)."""

    type = "error"

    def __init__(self, message: str, sentence: str = "") -> None:
        super().__init__(sentence or message)
        self.message = message


class BadRequest(GeneralError):
    """The request cannot be read."""

    status = 400
    type = "bad_request"


class Forbidden(GeneralError):
    """The action is among the resource's `restricted_actions`."""

    status = 403
    type = "forbidden"


class Unpaid(Forbidden):
    """The account has no subscription: the document's own example of a general error."""

    type = "billing_subscription_required"


class NotFound(GeneralError):
    """There is no such resource in this account, or no such path."""

    status = 404
    type = "not_found"


class WrongMethod(GeneralError):
    """The path has other methods. `allow` is the Allow header."""

    status = 405
    type = "method_not_allowed"

    def __init__(self, message: str, allow: str, sentence: str = "") -> None:
        super().__init__(message, sentence)
        self.allow = allow


class NotAcceptable(GeneralError):
    """There is no such version of the API."""

    status = 406
    type = "not_acceptable"


class NotJson(GeneralError):
    """The body is not application/json."""

    status = 415
    type = "unsupported_media_type"


class TooMany(GeneralError):
    """The account has used up this minute's requests (chapter *Rate Limiting*)."""

    status = 429


class Invalid(RemoteLockError):
    """A resource error: (attribute, message) pairs. The attribute is None for an error of the whole resource."""

    status = 422

    def __init__(self, *errors: tuple[str | None, str], sentence: str = "") -> None:
        listed = "; ".join(f"{attribute or 'the resource'}: {message}" for attribute, message in errors)
        super().__init__(sentence or listed)
        self.errors = errors


class OAuthError(RemoteLockError):
    """An error of the token endpoints, by its RFC 6749 code."""

    def __init__(self, error: str, description: str, *, status: int = 400, sentence: str = "") -> None:
        super().__init__(sentence or description)
        self.error = error
        self.description = description
        self.status = status
        self.basic = False
        """Whether the application authenticated by HTTP Basic. The challenge names the same scheme."""
