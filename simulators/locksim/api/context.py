"""What checks and handlers know of one request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from locksim.api.query import parse_pairs
from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["WAITING", "Arguments", "Context"]

S = TypeVar("S")

Arguments = Mapping[str, Any]
"""Argument name → parsed value, of all parameters in the operation's row."""


WAITING = Answer(204)
"""What a handler returns after `turn.park(…)`: nothing is sent now, and a later turn answers the caller."""


class Context(Generic[S]):
    """One request inside its turn. A vendor may subclass it to keep what its checks found (who calls, which account)."""

    def __init__(self, turn: Turn, environ: WSGIEnvironment) -> None:
        self.turn = turn
        self.environ = environ
        self.state: S = turn.state
        """The vendor's state, to read and to change."""
        self.operation: Any = None
        """The row that the path and the method name; None when there is none."""
        self.path_values: Mapping[str, str] = {}
        """The values of the path's `{parameters}`."""
        self.allowed_methods: frozenset[str] | None = None
        """The methods of a known path that was called with another one; None otherwise."""

    @property
    def method(self) -> str:
        """The request's method, as the caller wrote it."""
        method: str = self.environ["REQUEST_METHOD"]
        return method

    @property
    def path(self) -> str:
        """The request's path, percent-decoded, without the query."""
        path: str = self.environ["PATH_INFO"]
        return path

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """Query parameter → its values, in their order, percent-decoded."""
        return parse_pairs(self.environ["QUERY_STRING"])

    @cached_property
    def body(self) -> bytes:
        """The whole body."""
        body: bytes = self.environ["wsgi.input"].read()
        return body

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """The body's form fields → their values, whatever the Content-Type says."""
        return parse_pairs(self.body)

    def header(self, name: str) -> str | None:
        """Return a header's value, repeated ones joined by commas; None when it is absent."""
        key = name.upper().replace("-", "_")
        value: str | None = self.environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")
        return value
