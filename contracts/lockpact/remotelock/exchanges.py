"""What one exchange with RemoteLock says: its resource, its body, its headers, its errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from lockpact.core.traffic import Exchange, Traffic

__all__ = [
    "about",
    "api",
    "attributes",
    "errors_of",
    "general_error",
    "items",
    "lost",
    "of_oauth",
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

SECOND = 1_000_000
_VERSION = re.compile(r"^/v\d+(?=/)")
_TOKENS = ("access_token", "refresh_token")


def resource(x: Exchange) -> str:
    """The path without version and without a slash at its end."""
    return _VERSION.sub("", x.path).rstrip("/")


def of_oauth(x: Exchange) -> bool:
    """Whether it goes to the OAuth host's paths."""
    return x.path.startswith("/oauth/")


def api(t: Traffic) -> Traffic:
    """What goes to the API."""
    return Traffic(x for x in t if not of_oauth(x))


def about(t: Traffic, method: str, pattern: str) -> Traffic:
    """The API's exchanges of a method whose resource matches this regular expression whole."""
    return Traffic(x for x in t if x.method == method and re.fullmatch(pattern, resource(x)))


def lost(x: Exchange) -> bool:
    """Whether nobody knows what became of it: no whole answer, or the server's own failure."""
    return not x.answered or (x.status or 0) >= 500


def unhindered(t: Traffic) -> bool:
    """Whether everything that was sent was answered, and by the vendor itself."""
    return not any(lost(x) for x in t)


def sent_header(x: Exchange, name: str) -> str:
    """The request's header, or nothing."""
    return next((value for key, value in x.headers if key.lower() == name.lower()), "")


def _answered_header(x: Exchange, name: str) -> str:
    return next((value for key, value in x.answer_headers if key.lower() == name.lower()), "")


def token_of(x: Exchange) -> str:
    """The access token that an API request carried."""
    return sent_header(x, "Authorization").removeprefix("Bearer ").strip()


def sent(x: Exchange) -> dict[str, Any]:
    """What the body says, a form's or JSON's, and the query for what has no body."""
    if not x.body:
        return dict(x.query)
    try:
        said = json.loads(x.body)
    except (ValueError, RecursionError):
        return dict(parse_qsl(x.body.decode("utf-8", "replace"), keep_blank_values=True))
    return said if isinstance(said, dict) else {}


def reset_at(x: Exchange) -> int | None:
    """When the rate limit's window ends, in microseconds; None where the answer does not tell."""
    said = _answered_header(x, "X-RateLimit-Reset")
    return int(said) * SECOND if said.isdecimal() else None


def remaining(x: Exchange) -> int | None:
    """Requests that are left in the window; None where the answer does not tell."""
    said = _answered_header(x, "X-RateLimit-Remaining")
    return int(said) if said.isdecimal() else None


def page_of(x: Exchange) -> tuple[int, int] | None:
    """The page and its size that were asked for; None for what asked for neither."""
    page, size = x.param("page"), x.param("per_page")
    if page is None and size is None:
        return None
    return _number(page, 1), _number(size, 25)


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() else default


def items(x: Exchange) -> list[dict[str, Any]]:
    """The resources in an answer: those of a collection, or the one."""
    said = x.json.get("data") if isinstance(x.json, dict) else None
    found = said if isinstance(said, list) else [said]
    return [one for one in found if isinstance(one, dict)]


def attributes(x: Exchange) -> dict[str, Any]:
    """The attributes of the one resource in an answer."""
    found = items(x)
    said = found[0].get("attributes") if len(found) == 1 else None
    return said if isinstance(said, dict) else {}


def errors_of(x: Exchange) -> dict[str | None, tuple[str, ...]] | None:
    """A resource error's messages by attribute; None for what is no resource error."""
    said = x.json if isinstance(x.json, dict) else {}
    if not x.answered or (x.status or 0) < 400 or not isinstance(said.get("errors"), list):
        return None
    found: dict[str | None, tuple[str, ...]] = {}
    for error in said["errors"]:
        if isinstance(error, dict):
            attribute = error.get("attribute")
            found[attribute] = (*found.get(attribute, ()), *error.get("messages", ()))
    return found


def general_error(x: Exchange) -> tuple[str | None, str] | None:
    """A general error's type and message; None for what is none."""
    said = x.json if isinstance(x.json, dict) else {}
    if not x.answered or (x.status or 0) < 400 or "errors" in said or not isinstance(said.get("message"), str):
        return None
    kind = said.get("type")
    return (kind if isinstance(kind, str) else None), said["message"]


def tokens_in(t: Traffic) -> Iterator[str]:
    """Every token that was given out, or sent."""
    for x in t:
        said = x.json if of_oauth(x) and isinstance(x.json, dict) else {}
        for name in _TOKENS:
            for told in (said.get(name), sent(x).get(name) if of_oauth(x) else None):
                if isinstance(told, str) and told:
                    yield told
        if not of_oauth(x) and token_of(x):
            yield token_of(x)
