"""Chapter *Authentication*: the sign-in page, codes, tokens, revocation. Open to all, uncounted.

The token endpoints take their parameters as a form, as JSON, or in the query, and the application's credentials there or
by HTTP Basic (vendor-facts: public clients).
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode

import msgspec
from flask import Response, request

from locksim.engine.inputs import Answer
from locksim.engine.wsgi import respond
from locksim.remotelock import oauth, serialization
from locksim.remotelock.errors import OAuthError
from locksim.remotelock.oauth import OOB, Application
from locksim.remotelock.operations.common import blueprint, state
from locksim.remotelock.state import State, User

__all__ = ["api"]

api = blueprint("oauth")

_HTML = "text/html; charset=utf-8"
_FORM = "application/x-www-form-urlencoded"
_ASKED = ("client_id", "redirect_uri", "response_type", "state", "scope")


# ---- the sign-in page


@api.get("/oauth/authorize")
def authorize() -> Response:
    """Show the sign-in page for an application that may send its users here."""
    return _refused() or _page("")


@api.post("/oauth/authorize")
def sign_in() -> Response:
    """The page was sent: with the right password, on to the application with a code."""
    refused = _refused()
    if refused is not None:
        return refused
    turn, world = state()
    given = _parameters()
    app = world.oauth.applications[given["client_id"]]
    if given.get("decision") == "deny":
        return _back(given, error="access_denied", error_description="The resource owner denied the request.")
    user = _signed_in(world, given)
    if user is None:
        turn.near_miss("e-mail and password are not those of a user; the ready document has some that are")
        return _page("Invalid email or password.")
    code = oauth.code_for(turn, world.oauth, app, given["redirect_uri"], user.id, user.default_account_id)
    return _back(given, code=code.code)


def _refused() -> Response | None:
    """An application that is none, or a redirect_uri that is not its own, letter for letter: nobody is sent there."""
    turn, world = state()
    given = _parameters()
    app = world.oauth.applications.get(given.get("client_id", ""))
    if app is None:
        turn.near_miss("client_id is that of no application; the ready document has one")
        return _show("<h1>An error has occurred</h1><p>The application is unknown.</p>", 401)
    if given.get("redirect_uri") not in app.redirect_uris:
        turn.near_miss(f"redirect_uri must be, letter for letter, one of {', '.join(app.redirect_uris)}")
        return _show("<h1>An error has occurred</h1><p>The redirect URI is not valid.</p>", 401)
    if given.get("response_type") != "code":
        missing = "response_type" not in given
        error = "invalid_request" if missing else "unsupported_response_type"
        turn.near_miss("response_type must be code")
        return _back(given, error=error, error_description="The response type must be code.")
    return None


def _signed_in(world: State, given: dict[str, str]) -> User | None:
    email, password = given.get("email", "").strip().lower(), given.get("password", "")
    for user in world.users.values():
        if user.email.lower() == email and hmac.compare_digest(user.password.encode(), password.encode()):
            return user
    return None


def _back(given: dict[str, str], **result: str) -> Response:
    """On to the redirect_uri; or, for who has none, the code as JSON (vendor-facts: developer tutorial)."""
    uri, kept = given["redirect_uri"], given.get("state")
    if uri == OOB:
        if "error" in result:
            return _show(f"<h1>An error has occurred</h1><p>{escape(result['error_description'])}</p>", 401)
        return respond(serialization.answer(result | {"state": kept or ""}))
    more = result if kept is None else result | {"state": kept}
    query = urlencode(more, quote_via=quote)
    to = uri + ("&" if "?" in uri else "?") + query
    return respond(Answer(302, (("Location", to), ("Content-Type", _HTML))))


def _page(problem: str, status: int = 200) -> Response:
    _, world = state()
    given = _parameters()
    app = world.oauth.applications[given["client_id"]]
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(given[name])}">' for name in _ASKED if name in given
    )
    return _show(
        f"<h1>Sign in</h1><p>{escape(app.name)} asks for access to your account.</p>"
        + (f'<p role="alert">{escape(problem)}</p>' if problem else "")
        + f'<form method="post">{hidden}'
        '<label>Email <input type="email" name="email" autocomplete="username" required></label> '
        '<label>Password <input type="password" name="password" autocomplete="current-password" required></label> '
        '<button type="submit" name="decision" value="allow">Sign in</button> '
        '<button type="submit" name="decision" value="deny" formnovalidate>Deny</button></form>',
        status,
    )


def _show(body: str, status: int) -> Response:
    html = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>RemoteLock</title></head><body>{body}'
    return respond(Answer(status, (("Content-Type", _HTML),), f"{html}</body></html>".encode()))


# ---- tokens


@api.post("/oauth/token")
def token() -> Response:
    """Exchange a code, a refresh token, or the application's own credentials."""
    turn, world = state()
    given = _parameters(strict=True)
    app = _client(world, given)
    grant = given.get("grant_type")
    match grant:
        case "authorization_code":
            made = oauth.exchange(turn, world.oauth, app, given.get("code"), given.get("redirect_uri"))
        case "refresh_token":
            made = oauth.refresh(turn, world.oauth, app, given.get("refresh_token"))
        case "client_credentials":
            account = world.accounts[app.account_id]
            made = oauth.mint(turn, world.oauth, app, account.primary_owner_id, account.id, lasting=False)
        case None | "":
            raise OAuthError("invalid_request", "Missing required parameter: grant_type.")
        case _:
            raise OAuthError(
                "unsupported_grant_type",
                "The authorization grant type is not supported by the authorization server.",
                sentence="grant_type is one of authorization_code, refresh_token, client_credentials",
            )
    answer = serialization.answer(serialization.render_token(turn, made, grant))
    return respond(Answer(200, (*answer.headers, ("Cache-Control", "no-store"), ("Pragma", "no-cache")), answer.body))


@api.post("/oauth/revoke")
def revoke() -> Response:
    """Immediately revoke a token."""
    _, world = state()
    given = _parameters()
    oauth.revoke(world.oauth, _client(world, given), given.get("token"))
    return respond(serialization.answer({}))


def _client(world: State, given: dict[str, str]) -> Application:
    basic = _basic()
    key, secret = basic or (given.get("client_id"), given.get("client_secret"))
    try:
        return oauth.application(world.oauth, key, secret)
    except OAuthError as refused:
        refused.basic = basic is not None
        raise


def _basic() -> tuple[str, str] | None:
    """The application's credentials by HTTP Basic, each form-encoded (RFC 6749, 2.3.1)."""
    scheme, _, value = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = b64decode(value.strip(), validate=True).decode()
    except (Base64Error, UnicodeDecodeError, ValueError):
        return "", ""
    key, _, secret = text.partition(":")
    return unquote_plus(key), unquote_plus(secret)


def _parameters(*, strict: bool = False) -> dict[str, str]:
    """From the query and the body; the body's come first. `strict`: raises OAuthError for a body that cannot be read, and
    when one comes twice in one place (RFC 6749, 3.2); else the last counts."""
    query = _pairs(request.environ.get("QUERY_STRING", "").encode("latin-1", "replace"), strict=strict)
    raw = request.get_data()
    mime = request.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if not raw:
        return query
    if mime == serialization.JSON:
        return query | _json(raw, strict=strict)
    return query | (_pairs(raw, strict=strict) if mime in ("", _FORM) else {})


def _pairs(raw: bytes, *, strict: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True):
        if strict and name in found:
            raise OAuthError("invalid_request", f"The parameter {name} is given more than once."[:200])
        found[name] = value
    return found


def _json(raw: bytes, *, strict: bool) -> dict[str, str]:
    try:
        body: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = None
    if not isinstance(body, dict):
        if not strict:
            return {}
        raise OAuthError("invalid_request", "The request body is not a JSON object.")
    return {name: value for name, value in body.items() if isinstance(value, str)}
