"""Check who calls: each request carries a customer's apiuser and apikey, in a header each."""

from __future__ import annotations

from locksim.lockt.errors import NoContentType, NotSecure, Unauthorized
from locksim.lockt.serialization import JSON
from locksim.lockt.state import State

__all__ = ["check_content_type", "check_credentials", "check_https"]


def check_https(state: State, scheme: str) -> None:
    """Raise NotSecure for plain http, if the tester has switched `https_only` on."""
    if state.https_only and scheme != "https":
        raise NotSecure("plain http is refused in this world (support action: https_only)")


def check_credentials(state: State, apiuser: str | None, apikey: str | None) -> None:
    """Raise Unauthorized unless both headers are the customer's. None stands for a missing header."""
    for header, given, expected in (("apiuser", apiuser, state.apiuser), ("apikey", apikey, state.apikey)):
        if given is None:
            raise Unauthorized(f"the header {header} is missing; send both apiuser and apikey with every request")
        if given != expected:
            raise Unauthorized(f"the header {header} is not this customer's")


def check_content_type(value: str | None) -> None:
    """Raise NoContentType unless the request says that it is JSON. Requests without a body must say so, too."""
    media_type = (value or "").partition(";")[0].strip().lower()
    if media_type != JSON:
        raise NoContentType(f"Content-Type is {media_type[:60]!r}; send application/json with every request, GET too")
