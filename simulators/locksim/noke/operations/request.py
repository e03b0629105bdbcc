"""What every operation uses: the request's context, the checks before a handler, its parameters and its answers.

Before each operation the checks judge, in this order: is there such a path (error_code 5), is the method POST (4), is the
operation live on this server (5), is the API key right (2), is the body a JSON object (3). The row's parameters then check
fields (3). Handlers look up locks and fobs (7) last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locksim.api.context import Context
from locksim.api.operations import Operation, Parameter
from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.noke import auth, serialization
from locksim.noke.errors import NokeError, NotLive, WrongMethod
from locksim.noke.serialization import Envelope
from locksim.noke.state import PRE_RELEASE, Database, State

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = [
    "MOBILE_KEY",
    "NO_API_VERSION",
    "PRE_RELEASE_ONLY",
    "VERSIONED",
    "NokeOperation",
    "Request",
    "check_body",
    "check_key",
    "check_live",
    "check_method",
    "check_version",
    "fail",
    "field",
    "succeed",
]

MOBILE_KEY = "mobile API key"
"""The access of an operation that takes the mobile API key; all others take the private one."""

PRE_RELEASE_ONLY = frozenset({"pre-release only"})
VERSIONED = frozenset({"the caller may ask for an API version"})
NO_API_VERSION = frozenset({"answers without api_version"})


class Request(Context[State]):
    """One request, with the database of the server that was called."""

    def __init__(self, turn: Turn, environ: WSGIEnvironment) -> None:
        super().__init__(turn, environ)
        self.database: Database = self.state.database(turn.site.removesuffix(PRE_RELEASE))
        self.default_version = serialization.default_version(changed=self.state.changed and self.is_pre_release)
        self.version = self.default_version
        """The API version of the answer."""
        self.fields: dict[str, Any] = {}
        """The body's JSON object, once `check_body` has read it."""

    @property
    def is_pre_release(self) -> bool:
        """Whether a pre-release server was called."""
        return self.turn.site.endswith(PRE_RELEASE)


@dataclass(frozen=True)
class NokeOperation(Operation[Request]):
    """An operation of the Core API."""

    request: str = ""
    """What its answers say as `request`; the path without outer slashes when empty."""

    @property
    def request_name(self) -> str:
        """The value of `request` in its answers."""
        return self.request or self.path.strip("/")


# ---- checks


def check_method(context: Request) -> None:
    """Only POST is known."""
    if context.method != "POST":
        raise WrongMethod("every call is a POST with a JSON body")


def check_live(context: Request) -> None:
    """What is not yet live is on the pre-release servers only."""
    if context.operation.tags >= PRE_RELEASE_ONLY and not context.is_pre_release:
        raise NotLive(f"{context.path[:60]} is not live yet; the pre-release server has it")


def check_key(context: Request) -> None:
    """The API key must be this server's, and the one for this operation."""
    mobile = context.operation.access == MOBILE_KEY
    auth.admit(context.database, context.header("Authorization"), mobile=mobile)


def check_body(context: Request) -> None:
    """The body must be a JSON object, or empty."""
    context.fields = serialization.parse_body(context.body)


def check_version(context: Request) -> None:
    """Quick click calls may ask for an API version."""
    if context.operation.tags >= VERSIONED:
        context.version = serialization.parse_version(context.fields, context.default_version)


# ---- parameters


def field(
    name: str, parse: Callable[[dict[str, Any], str], Any], *, required: bool = False, argument: str = ""
) -> Parameter[Request]:
    """Return a field of the JSON body. `parse(fields, name)` returns its value or raises BadInput."""
    return Parameter(name, "body", lambda context, _: parse(context.fields, name), required, argument)


# ---- answers


def succeed(context: Request, **more: Any) -> Answer:
    """Answer a success. `more`: error_details, data and token, as the operation has them."""
    return serialization.answer(serialization.success(_envelope(context), **more))


def fail(context: Request, error: NokeError, **more: Any) -> Answer:
    """Answer a failure. `more`: error_details and data of a batch."""
    return serialization.answer(serialization.failure(_envelope(context), error, **more))


def _envelope(context: Request) -> Envelope:
    operation: NokeOperation | None = context.operation
    if operation is None:
        name = context.path.encode("latin-1", "replace").decode("utf-8", "replace").strip("/")[:60]
        return Envelope(name, context.version, context.default_version)
    shown = not operation.tags >= NO_API_VERSION
    return Envelope(operation.request_name, context.version, context.default_version, shown)
