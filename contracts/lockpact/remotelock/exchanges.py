"""Read exchanges with RemoteLock: paths, bodies, headers, errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lockpact.core.traffic import Exchange, Traffic

__all__ = [
    "EVENT_TYPES",
    "api",
    "attributes",
    "errors_of",
    "exchanges_with",
    "general_error",
    "is_invalid_grant",
    "is_oauth",
    "items",
    "lost",
    "page_of",
    "remaining",
    "reset_at",
    "resource",
    "sent",
    "sent_header",
    "token_of",
    "tokens_in",
    "unhindered",
]

EVENT_TYPES = (
    "unlocked", "locked", "access_denied", "access_person_synced", "access_person_sync_failed", "access_guest_late_sync",
    "reset", "connectivity", "power_level_low", "battery_replaced", "acs_door_opened", "acs_door_closed",
    "acs_door_held_open", "acs_requested_to_exit", "temperature_changed", "humidity_changed", "relay_enabled",
    "relay_disabled", "access_person_used",
)  # fmt: skip
"""All event types that can be subscribed to."""
SECOND = 1_000_000
_VERSION = re.compile(r"^/v\d+(?=/)")
_TOKENS = ("access_token", "refresh_token")


def resource(x: Exchange) -> str:
    """Return the path without the version and a trailing slash."""
    return _VERSION.sub("", x.path).rstrip("/")


def is_invalid_grant(x: Exchange) -> bool:
    """Return whether RemoteLock refused a code or a refresh token."""
    error = x.json.get("error") if isinstance(x.json, dict) else None
    return x.answered and x.status in (400, 401) and error == "invalid_grant"


def is_oauth(x: Exchange) -> bool:
    """Return whether the request goes to an OAuth path."""
    return x.path.startswith("/oauth/")


def api(t: Traffic) -> Traffic:
    """Return the exchanges with the API, without those of OAuth."""
    return Traffic(x for x in t if not is_oauth(x))


def exchanges_with(t: Traffic, method: str, pattern: str) -> Traffic:
    """Return the exchanges with this method whose path matches this regular expression fully."""
    return Traffic(x for x in t if x.method == method and re.fullmatch(pattern, resource(x)))


def lost(x: Exchange) -> bool:
    """Return whether the outcome is unknown: no complete answer, a server error, or a page that is not RemoteLock's.

    RemoteLock's answers are JSON. Something between it and the client, such as a captive portal, answers HTML.
    """
    return not x.answered or (x.status or 0) >= 500 or (x.status == 200 and bool(x.answer) and x.json is None)


def unhindered(t: Traffic) -> bool:
    """Return whether every request got an answer that is no server error."""
    return not any(lost(x) for x in t)


def sent_header(x: Exchange, name: str) -> str:
    """Return a header of the request, or an empty text."""
    return next((value for key, value in x.headers if key.lower() == name.lower()), "")


def _answer_header(x: Exchange, name: str) -> str:
    return next((value for key, value in x.answer_headers if key.lower() == name.lower()), "")


def token_of(x: Exchange) -> str:
    """Return the access token of an API request."""
    return sent_header(x, "Authorization").removeprefix("Bearer ").strip()


def sent(x: Exchange) -> dict[str, Any]:
    """Return the body's JSON object or form fields; the query of a request without a body."""
    return x.fields


def reset_at(x: Exchange) -> int | None:
    """Return when the rate limit resets (µs); None if the answer does not say."""
    value = _answer_header(x, "X-RateLimit-Reset")
    return int(value) * SECOND if value.isdecimal() else None


def remaining(x: Exchange) -> int | None:
    """Return how many requests remain; None if the answer does not say."""
    value = _answer_header(x, "X-RateLimit-Remaining")
    return int(value) if value.isdecimal() else None


def page_of(x: Exchange) -> tuple[int, int] | None:
    """Return the page and the page size that were asked for; None if neither was."""
    page, size = x.param("page"), x.param("per_page")
    if page is None and size is None:
        return None
    return _number(page, 1), _number(size, 25)


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() else default


def items(x: Exchange) -> list[dict[str, Any]]:
    """Return the resources in an answer."""
    data = x.json.get("data") if isinstance(x.json, dict) else None
    found = data if isinstance(data, list) else [data]
    return [item for item in found if isinstance(item, dict)]


def attributes(x: Exchange) -> dict[str, Any]:
    """Return the attributes of the one resource in an answer; none if there are several."""
    found = items(x)
    only = found[0].get("attributes") if len(found) == 1 else None
    return only if isinstance(only, dict) else {}


def errors_of(x: Exchange) -> dict[str | None, tuple[str, ...]] | None:
    """Return a resource error's messages by attribute; None if it is not a resource error."""
    document = x.json if isinstance(x.json, dict) else {}
    if not x.answered or (x.status or 0) < 400 or not isinstance(document.get("errors"), list):
        return None
    found: dict[str | None, tuple[str, ...]] = {}
    for error in document["errors"]:
        if isinstance(error, dict):
            attribute = error.get("attribute")
            found[attribute] = (*found.get(attribute, ()), *error.get("messages", ()))
    return found


def general_error(x: Exchange) -> tuple[str | None, str] | None:
    """Return a general error's type and message; None if it is not a general error."""
    document = x.json if isinstance(x.json, dict) else {}
    if not x.answered or (x.status or 0) < 400 or "errors" in document or not isinstance(document.get("message"), str):
        return None
    kind = document.get("type")
    return (kind if isinstance(kind, str) else None), document["message"]


def tokens_in(t: Traffic) -> Iterator[str]:
    """Return every token that was issued or sent."""
    for x in t:
        document = x.json if is_oauth(x) and isinstance(x.json, dict) else {}
        for name in _TOKENS:
            for token in (document.get(name), sent(x).get(name) if is_oauth(x) else None):
                if isinstance(token, str) and token:
                    yield token
        if not is_oauth(x) and token_of(x):
            yield token_of(x)
