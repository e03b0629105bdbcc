"""What the service refuses, and how each refusal looks on the wire.

    RemoteLockError
    ├── Unauthorized          401   no access token that holds: empty body, WWW-Authenticate
    ├── GeneralError                {"message", "type"}
    │   ├── BadRequest        400   the request is not read: no JSON, no `attributes`, a page beyond the bound
    │   ├── Forbidden         403   the action is restricted for this resource
    │   │   └── Unpaid        403   the account has no subscription
    │   ├── NotFound          404   no such resource in this account, or no such path
    │   ├── WrongMethod       405   the path is another operation's
    │   ├── NotAcceptable     406   there is no such version
    │   ├── NotJson           415   the body is no application/json
    │   └── TooMany           429   {"message"} alone, as documented
    ├── Invalid               422   {"attributes", "errors": [{"attribute", "messages", "full_messages"}]}
    └── OAuthError        400 401   RFC 6749, 5.2: {"error", "error_description"}

Routes and rules raise; `routes.refused` alone renders. `sentence` is for the journal: what the service objects to, and
what would work. A client sees `message` (or the messages of `Invalid`), never the sentence.
"""

from __future__ import annotations

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


class RemoteLockError(Exception):
    """A refusal. `sentence` goes into the journal."""

    status = 500

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Unauthorized(RemoteLockError):
    """No access token that holds. `description` stands in WWW-Authenticate."""

    status = 401

    def __init__(self, description: str, sentence: str) -> None:
        super().__init__(sentence)
        self.description = description


class GeneralError(RemoteLockError):
    """An error of the whole application (chapter *General errors*)."""

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
    """The document's own example of a general error."""

    type = "billing_subscription_required"


class NotFound(GeneralError):
    """Nothing of this name in this account."""

    status = 404
    type = "not_found"


class WrongMethod(GeneralError):
    """The path has other methods; `allow` are those."""

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
    """A body that is not application/json."""

    status = 415
    type = "unsupported_media_type"


class TooMany(GeneralError):
    """More than the account may ask in this minute (chapter *Rate Limiting*)."""

    status = 429


class Invalid(RemoteLockError):
    """A resource error: what is wrong with which attribute (None: with none in particular).

    `attributes` is what the caller sent; the wire fills it in where a rule does not know it.
    """

    status = 422

    def __init__(self, *errors: tuple[str | None, str], sentence: str = "") -> None:
        told = "; ".join(f"{attribute or 'the resource'}: {message}" for attribute, message in errors)
        super().__init__(sentence or told)
        self.errors = errors


class OAuthError(RemoteLockError):
    """An error of the token endpoints, by its RFC 6749 code."""

    def __init__(self, error: str, description: str, *, status: int = 400, sentence: str = "") -> None:
        super().__init__(sentence or description)
        self.error = error
        self.description = description
        self.status = status
        self.basic = False
        """Whether the application showed its credentials by HTTP Basic, which the challenge then names."""
