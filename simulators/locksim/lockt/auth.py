"""Who may in: a customer's apiuser and apikey, in a header each, with every request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from locksim.lockt.errors import NoContentType, NotSecure, Unauthorized
from locksim.lockt.serialization import JSON
from locksim.lockt.state import State

__all__ = ["admit", "content_type", "secure"]


def admit(state: State, environ: Mapping[str, Any]) -> None:
    """Raises Unauthorized unless both headers are the customer's. `environ` is WSGI's."""
    for header, value in (("apiuser", state.apiuser), ("apikey", state.apikey)):
        given = environ.get(f"HTTP_{header.upper()}")
        if given is None:
            raise Unauthorized(f"the header {header} is missing; send both apiuser and apikey with every request")
        if given != value:
            raise Unauthorized(f"the header {header} is not this customer's")


def content_type(environ: Mapping[str, Any]) -> None:
    """Raises NoContentType unless the request says that it is JSON, also where it has no body."""
    given = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    if given != JSON:
        raise NoContentType(f"Content-Type is {given[:60]!r}; send application/json with every request, GET too")


def secure(state: State, scheme: str) -> None:
    """Raises NotSecure for plain http, where the tester has asked for that."""
    if state.https_only and scheme != "https":
        raise NotSecure("plain http is refused in this world (support: https_only)")
