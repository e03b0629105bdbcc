"""What the Cloud API refuses.

    LocktError
    ├── BadRequest          400
    │   ├── CouldNotParse         no data, or not the JSON that the call takes
    │   ├── TooManyRecords        more than 100 records in one call
    │   ├── Overlapping           another POST is still being processed
    │   ├── BatchFailed           records failed validation, and the batch with them
    │   ├── InstanceFailed        the instance of SecureAccess did not answer while a batch ran
    │   ├── BadParameter          invalid query parameter
    │   ├── NoContentType         the Content-Type header is missing or not application/json
    │   └── NotSecure             the request came over plain http
    ├── Unauthorized        401   apiuser or apikey is not this customer's
    ├── NotFound            404   there is no such endpoint
    ├── WrongMethod         405   the endpoint has other methods
    └── Unexpected          500   the instance cannot be read, or the simulator itself failed

Checks, parameters and handlers raise these errors. `serialization.render_refusal` turns them into answers: reads and
writes are refused in different forms.
"""

from __future__ import annotations

from typing import Any

from locksim.api.errors import ApiError

__all__ = [
    "BadParameter",
    "BadRequest",
    "BatchFailed",
    "CouldNotParse",
    "InstanceFailed",
    "LocktError",
    "NoContentType",
    "NotFound",
    "NotSecure",
    "Overlapping",
    "TooManyRecords",
    "Unauthorized",
    "Unexpected",
    "WrongMethod",
]


class LocktError(ApiError):
    """The root of the API's refusals.

    `message` goes to the caller. `errors` are the failed records of a batch, as the answer shows them.
    """

    message = "An unexpected error has occurred."

    def __init__(self, sentence: str, message: str | None = None, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(sentence)
        self.message = message or self.message
        self.errors = errors or []


class BadRequest(LocktError):
    """The request cannot be processed."""

    status = 400


class CouldNotParse(BadRequest):
    """The body has no data, or not the JSON that the call takes."""

    message = "No data found or invalid JSON objects supplied. Could not parse input."


class TooManyRecords(BadRequest):
    """One call has more records than it may have."""

    message = "Batch size exceeds maximum of 100 objects."


class Overlapping(BadRequest):
    """Another POST is still being processed."""

    message = (
        "Another POST operation is still being processed. Simultaneous and overlapping POST operations are not allowed."
    )


class BatchFailed(BadRequest):
    """Records failed validation, and nothing was changed."""

    message = "Validation errors found. Batch has failed. Details provided."


class InstanceFailed(BadRequest):
    """The instance of SecureAccess did not answer while a batch was processed. Nothing was changed."""

    message = "Unable to enumerate dependant record. Batch has been terminated and exception flagged."


class BadParameter(BadRequest):
    """A query parameter is invalid."""


class NoContentType(BadRequest):
    """The Content-Type header is missing or not application/json."""

    message = "The Content-Type header must be present with a value of 'application/json'."


class NotSecure(BadRequest):
    """The request came over plain http."""

    message = "Requests must be made over HTTPS."


class Unauthorized(LocktError):
    """The credentials are not this customer's."""

    status = 401
    message = "Access denied. Valid apiuser and apikey headers are required."


class NotFound(LocktError):
    """There is no such endpoint."""

    status = 404
    message = "The resource was not found."


class WrongMethod(LocktError):
    """The endpoint has other methods; `allow` names them, as the Allow header does."""

    status = 405
    message = "The method is not allowed for this resource."

    def __init__(self, sentence: str, allow: str) -> None:
        super().__init__(sentence)
        self.allow = allow


class Unexpected(LocktError):
    """The service failed; the caller did nothing wrong."""
