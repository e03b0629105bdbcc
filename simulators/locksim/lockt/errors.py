"""What the Cloud API refuses.

    LocktError
    ├── BadRequest          400
    │   ├── CouldNotParse         no data, or not the JSON that the call takes
    │   ├── TooManyRecords        more than 100 in one call
    │   ├── Overlapping           another POST is still being processed
    │   ├── Failed                records failed validation, and the batch with them
    │   ├── InstanceFailed        the instance of SecureAccess did not answer while a batch ran
    │   ├── BadParameter          a query parameter is none
    │   ├── NoContentType         the Content-Type header is missing or another
    │   └── NotSecure             the request came over plain http
    ├── Unauthorized        401   apiuser and apikey are not this customer's
    ├── NotFound            404   there is no such endpoint
    ├── WrongMethod         405   the endpoint has other methods
    └── Unexpected          500   the instance cannot be read, or the stand-in itself failed

`said` goes to the caller, `sentence` into the journal: what the API objects to, and what would work. Routes and rules
raise; `wire.refusal` alone renders, in the form that reads or writes have.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "BadParameter",
    "BadRequest",
    "CouldNotParse",
    "Failed",
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


class LocktError(Exception):
    """A refusal. `said`: the message that the caller gets; `errors`: what is wrong with which record."""

    status = 500
    said = "An unexpected error has occurred."

    def __init__(self, sentence: str, said: str | None = None, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.said = said or self.said
        self.errors = errors or []


class BadRequest(LocktError):
    """There was an error processing the request."""

    status = 400


class CouldNotParse(BadRequest):
    """No data, or not the JSON that the call takes."""

    said = "No data found or invalid JSON objects supplied. Could not parse input."


class TooManyRecords(BadRequest):
    """More records than one call may have."""

    said = "Batch size exceeds maximum of 100 objects."


class Overlapping(BadRequest):
    """Another POST is still being processed."""

    said = (
        "Another POST operation is still being processed. Simultaneous and overlapping POST operations are not allowed."
    )


class Failed(BadRequest):
    """Records failed validation, and nothing was changed."""

    said = "Validation errors found. Batch has failed. Details provided."


class InstanceFailed(BadRequest):
    """The instance of SecureAccess did not answer while a batch was processed; nothing was changed."""

    said = "Unable to enumerate dependant record. Batch has been terminated and exception flagged."


class BadParameter(BadRequest):
    """A query parameter is none."""


class NoContentType(BadRequest):
    """The Content-Type header is missing or another."""

    said = "The Content-Type header must be present with a value of 'application/json'."


class NotSecure(BadRequest):
    """The request came over plain http."""

    said = "Requests must be made over HTTPS."


class Unauthorized(LocktError):
    """The credentials are not this customer's."""

    status = 401
    said = "Access denied. Valid apiuser and apikey headers are required."


class NotFound(LocktError):
    """There is no such endpoint."""

    status = 404
    said = "The resource was not found."


class WrongMethod(LocktError):
    """The endpoint has other methods; `allow` names them."""

    status = 405
    said = "The method is not allowed for this resource."
    allow = ""


class Unexpected(LocktError):
    """Nothing that the caller did."""
