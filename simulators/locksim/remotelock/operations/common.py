"""What all operations share: the checks before them, their parameters, pages and answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from locksim.api.context import Arguments
from locksim.api.operations import Operation, Parameter
from locksim.engine.inputs import Answer
from locksim.remotelock import auth, rate_limit, serialization
from locksim.remotelock.errors import BadRequest, Invalid, NotAcceptable, NotFound, NotJson, RemoteLockError
from locksim.remotelock.indexed_collections import Filters, IndexedCollection
from locksim.remotelock.page_request import parse_page_request
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.serialization import Resource

__all__ = [
    "ATTRIBUTES",
    "OPTIONAL_ATTRIBUTES",
    "PUBLIC",
    "add_rate_headers",
    "check_host",
    "check_rate",
    "check_token",
    "check_version",
    "deleted",
    "list_operation",
    "page",
    "page_parameters",
    "refuse",
    "resource",
    "resource_id",
    "split_version",
    "type_of",
]

T = TypeVar("T", bound=Any)

PUBLIC = "anyone"
"""The access of operations that need no token."""

_VERSION = re.compile(r"/v(\d{1,6})(?=/|$)", re.ASCII)
_MEDIA_TYPE = re.compile(
    r"application/vnd\.lockstate(?:\.v(?P<dotted>[^+;,\s]+))?\+json(?P<rest>[^,]*)", re.ASCII | re.IGNORECASE
)
_VERSION_PARAMETER = re.compile(r";\s*version\s*=\s*\"?(?P<version>[^\s;,\"]+)", re.ASCII | re.IGNORECASE)


# ---- checks before every operation


def split_version(path: str) -> tuple[str | None, str]:
    """Split a path into its version, if it has one, and the rest without trailing slashes: `/v1/devices/`."""
    match = _VERSION.match(path)
    rest = path[match.end() :] if match else path
    return (match[1] if match else None), rest.rstrip("/") or "/"


def _is_oauth(context: RequestContext) -> bool:
    return split_version(context.path)[1].startswith("/oauth/")


def check_host(context: RequestContext) -> None:
    """The OAuth host has only the OAuth paths."""
    if context.turn.site == "oauth" and not _is_oauth(context):
        path = split_version(context.path)[1][:60]
        raise NotFound("Not found", f"there is no {path!r} at the OAuth host; the API is at {context.turn.url('api')}")


def check_token(context: RequestContext) -> None:
    """All paths but the OAuth paths need a valid access token."""
    if not _is_oauth(context):
        context.token = auth.authenticate(context.state.oauth, context.header("Authorization"), context.turn.now)


def check_rate(context: RequestContext) -> None:
    """Count the request."""
    if context.token is not None:
        rate_limit.count(context.turn, context.account)


def check_version(context: RequestContext) -> None:
    """The version may be in the path, in the Accept header, or absent (chapter *API versioning*)."""
    if context.token is None:
        return
    requested = [split_version(context.path)[0] or "1"]
    for media_type in _MEDIA_TYPE.finditer(context.header("Accept") or ""):
        parameter = _VERSION_PARAMETER.search(media_type["rest"])
        requested.append(parameter["version"] if parameter else media_type["dotted"] or "1")
    for version in requested:
        if version != "1":
            raise NotAcceptable("Unknown API version", f"there is no version {version[:20]!r}; the version is 1")


def refuse(context: RequestContext, error: RemoteLockError) -> Answer:
    """Render an error."""
    return serialization.error_answer(error, context.sent)


def add_rate_headers(context: RequestContext, answer: Answer) -> Answer:
    """Add the rate headers to every answer to a request with a valid token."""
    if context.token is None:
        return answer
    return Answer(
        answer.status,
        (*answer.headers, *rate_limit.headers(context.turn, context.account)),
        answer.body,
    )


# ---- parameters


def resource_id(
    name: str,
    argument: str,
    what: str,
    items: Callable[[RequestContext], Mapping[str, T]],
    accepts: Callable[[RequestContext, T], bool] = lambda _, item: True,
) -> Parameter[RequestContext]:
    """Return a path parameter that is read as the resource with this id, among the items that `accepts` accepts.

    `what` names the resource in near misses. An unknown id is a 404.
    """

    def parse(context: RequestContext, id: str) -> T:
        item = items(context).get(id)
        if item is None or not accepts(context, item):
            raise NotFound("Resource not found", f"this account has no {what} with this id")
        return item

    return Parameter(name, "path", parse, required=True, argument=argument)


def _decode_json(context: RequestContext, body: bytes) -> Any:
    media_type = (context.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type != serialization.JSON:
        raise NotJson(
            "The request must have the header Content-Type: application/json",
            f"Content-Type is {media_type[:40]!r}; send application/json",
        )
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("The request body is not valid JSON", "the body is not valid JSON; send an object") from None


def _read_attributes(context: RequestContext, document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or not isinstance(document.get("attributes"), dict):
        raise BadRequest(
            "The request body must have attributes", 'the body must be an object that has an object "attributes"'
        )
    context.sent, context.sent_type = document["attributes"], document.get("type")
    return context.sent


def _parse_attributes(context: RequestContext, body: bytes) -> dict[str, Any]:
    return _read_attributes(context, _decode_json(context, body))


def _parse_optional_attributes(context: RequestContext, body: bytes) -> dict[str, Any]:
    document = _decode_json(context, body) if body else {}
    return {} if document == {} else _read_attributes(context, document)


ATTRIBUTES: Parameter[RequestContext] = Parameter("attributes", "body", _parse_attributes, required=True)
"""The body's `attributes` (chapter *JSON request structure*)."""

OPTIONAL_ATTRIBUTES: Parameter[RequestContext] = Parameter("attributes", "body", _parse_optional_attributes)
"""The body's `attributes`; the body may be absent or an empty object."""


def type_of(types: Iterable[str]) -> Parameter[RequestContext]:
    """Return the parameter for the body's `type`, which is one of these. It comes after ATTRIBUTES."""
    known = list(types)

    def parse(context: RequestContext, _: bytes) -> str:
        given = context.sent_type
        if given is None or given == "":
            raise Invalid(("type", "is empty"), sentence=f'the body needs a "type": one of {", ".join(known)}')
        if given not in known:
            raise Invalid(("type", "is not included in the list"), sentence=f"type must be one of {', '.join(known)}")
        return str(given)

    return Parameter("type", "body", parse, required=True)


# ---- pages


def page_parameters(filters: Iterable[str] = (), *, sortable: bool = True) -> tuple[Parameter[RequestContext], ...]:
    """Return the query parameters of a collection that can be filtered by these names (`type`, `attributes[…]`)."""
    both = [spelling for name in filters for spelling in (name, f"{name}[]")]
    names = ["page", "per_page", "id[]", *both, *(("sort", "sort[]") if sortable else ())]
    return tuple(Parameter(name, "query", lambda _, values: values) for name in names)


def page(
    context: RequestContext,
    collection: IndexedCollection[T],
    render: Callable[[RequestContext, T], Resource | msgspec.Raw],
    *,
    fixed: Filters | None = None,
    default: Filters | None = None,
) -> Answer:
    """Return the page that the query asks for. `fixed` and `default` are filters (see `parse_page_request`)."""
    request = parse_page_request(
        context.query,
        collection,
        [parameter.name for parameter in context.operation.parameters if parameter.where == "query"],
        context.turn.near_miss,
        fixed=fixed,
        default=default,
    )
    items, total = collection.page(request.filters, request.order, request.start, request.size)
    resources = [render(context, item) for item in items]
    return serialization.json_answer(serialization.page_document(resources, request.number, request.size, total))


def list_operation(
    path: str,
    chapter: str,
    collection: Callable[[RequestContext], IndexedCollection[T]],
    render: Callable[[RequestContext, T], Resource | msgspec.Raw],
    filters: Iterable[str] = (),
    *,
    sortable: bool = True,
    fixed: Filters | None = None,
    default: Filters | None = None,
) -> Operation[RequestContext]:
    """Return the row of an operation that lists a collection."""

    def handler(context: RequestContext, _: Arguments) -> Answer:
        return page(context, collection(context), render, fixed=fixed, default=default)

    return Operation("GET", path, handler, "read", chapter, parameters=page_parameters(filters, sortable=sortable))


# ---- answers


def resource(rendered: Resource, status: int = 200) -> Answer:
    """Return the answer with one resource."""
    return serialization.json_answer(serialization.resource_document(rendered), status)


def deleted(status: int = 204) -> Answer:
    """Return an answer without a body."""
    return Answer(status)
