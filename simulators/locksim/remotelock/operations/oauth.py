"""Chapter *Authentication*: the sign-in page, codes, tokens, revocation. They need no token and are not rate-limited.

The token endpoints take their parameters as a form, as JSON, or in the query. The application's credentials come there or
by HTTP Basic (vendor-facts: public clients).
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from html import escape
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode

import msgspec

from locksim.api.context import Arguments
from locksim.api.operations import Operation, Parameter
from locksim.engine.inputs import Answer
from locksim.remotelock import oauth, serialization
from locksim.remotelock.errors import OAuthError
from locksim.remotelock.oauth import OOB, Application
from locksim.remotelock.operations.common import PUBLIC
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.state import State, User

__all__ = ["OPERATIONS"]

_HTML = "text/html; charset=utf-8"
_FORM = "application/x-www-form-urlencoded"


# ---- parameters


def _read_parameters(context: RequestContext, *, strict: bool) -> dict[str, str]:
    """Return the parameters in the query and the body; the body's win.

    `strict`: raise OAuthError for an unreadable body, and for a name that is repeated in one place (RFC 6749, 3.2).
    Otherwise the last value counts.
    """
    query = _read_pairs(context.environ["QUERY_STRING"].encode("latin-1", "replace"), strict=strict)
    media_type = (context.header("Content-Type") or "").partition(";")[0].strip().lower()
    if not context.body:
        return query
    if media_type == serialization.JSON:
        return query | _read_json(context.body, strict=strict)
    return query | (_read_pairs(context.body, strict=strict) if media_type in ("", _FORM) else {})


def _read_pairs(raw: bytes, *, strict: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True):
        if strict and name in found:
            raise OAuthError("invalid_request", f"The parameter {name} is given more than once."[:200])
        found[name] = value
    return found


def _read_json(raw: bytes, *, strict: bool) -> dict[str, str]:
    try:
        body: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = None
    if not isinstance(body, dict):
        if not strict:
            return {}
        raise OAuthError("invalid_request", "The request body is not a JSON object.")
    return {name: value for name, value in body.items() if isinstance(value, str)}


def _parameters(
    where: Literal["query", "form"], *names: str, strict: bool = False
) -> tuple[Parameter[RequestContext], ...]:
    """Return parameters that may be in the query or in the body, wherever they are documented. Absent ones are None."""

    def parameter(name: str) -> Parameter[RequestContext]:
        return Parameter(name, where, lambda context, _: _read_parameters(context, strict=strict).get(name))

    return tuple(map(parameter, names))


_SIGN_IN_QUERY = ("client_id", "redirect_uri", "response_type", "state", "scope")


# ---- the sign-in page


def show_sign_in_page(context: RequestContext, arguments: Arguments) -> Answer:
    """Show the sign-in page if the application and its redirect URI are registered."""
    return _check_application(context, arguments) or _sign_in_page(context, arguments, "")


def sign_in(context: RequestContext, arguments: Arguments) -> Answer:
    """Redirect to the application with a code if the password is right."""
    refused = _check_application(context, arguments)
    if refused is not None:
        return refused
    if arguments["decision"] == "deny":
        return _redirect(arguments, error="access_denied", error_description="The resource owner denied the request.")
    user = _signed_in_user(context.state, arguments["email"] or "", arguments["password"] or "")
    if user is None:
        context.turn.near_miss("no user has this email and password; the connection info has valid ones")
        return _sign_in_page(context, arguments, "Invalid email or password.")
    table = context.state.oauth
    application = table.applications[arguments["client_id"]]
    code = oauth.issue_code(
        context.turn, table, application, arguments["redirect_uri"], user.id, user.default_account_id
    )
    return _redirect(arguments, code=code.code)


def _check_application(context: RequestContext, arguments: Arguments) -> Answer | None:
    """Return the error page, or the redirect with an error. Nobody is redirected to an unregistered URI."""
    turn = context.turn
    application = context.state.oauth.applications.get(arguments["client_id"] or "")
    if application is None:
        turn.near_miss("no application has this client_id; the connection info has a valid one")
        return _html("<h1>An error has occurred</h1><p>The application is unknown.</p>", 401)
    if arguments["redirect_uri"] not in application.redirect_uris:
        turn.near_miss(f"redirect_uri must be exactly one of {', '.join(application.redirect_uris)}")
        return _html("<h1>An error has occurred</h1><p>The redirect URI is not valid.</p>", 401)
    if arguments["response_type"] != "code":
        missing = arguments["response_type"] is None
        error = "invalid_request" if missing else "unsupported_response_type"
        turn.near_miss("response_type must be code")
        return _redirect(arguments, error=error, error_description="The response type must be code.")
    return None


def _signed_in_user(state: State, email: str, password: str) -> User | None:
    for user in state.users.values():
        if user.email.lower() == email.strip().lower() and hmac.compare_digest(
            user.password.encode(), password.encode()
        ):
            return user
    return None


def _redirect(arguments: Arguments, **result: str) -> Answer:
    """Redirect with the result; for the out-of-band URI, show it as JSON (vendor-facts: developer tutorial)."""
    uri, state = arguments["redirect_uri"], arguments["state"]
    if uri == OOB:
        if "error" in result:
            return _html(f"<h1>An error has occurred</h1><p>{escape(result['error_description'])}</p>", 401)
        return serialization.json_answer(result | {"state": state or ""})
    query = urlencode(result if state is None else result | {"state": state}, quote_via=quote)
    location = uri + ("&" if "?" in uri else "?") + query
    return Answer(302, (("Location", location), ("Content-Type", _HTML)))


def _sign_in_page(context: RequestContext, arguments: Arguments, problem: str) -> Answer:
    application = context.state.oauth.applications[arguments["client_id"]]
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(arguments[name])}">'
        for name in _SIGN_IN_QUERY
        if arguments[name] is not None
    )
    return _html(
        f"<h1>Sign in</h1><p>{escape(application.name)} asks for access to your account.</p>"
        + (f'<p role="alert">{escape(problem)}</p>' if problem else "")
        + f'<form method="post">{hidden}'
        '<label>Email <input type="email" name="email" autocomplete="username" required></label> '
        '<label>Password <input type="password" name="password" autocomplete="current-password" required></label> '
        '<button type="submit" name="decision" value="allow">Sign in</button> '
        '<button type="submit" name="decision" value="deny" formnovalidate>Deny</button></form>',
        200,
    )


def _html(body: str, status: int) -> Answer:
    html = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>RemoteLock</title></head><body>{body}'
    return Answer(status, (("Content-Type", _HTML),), f"{html}</body></html>".encode())


# ---- tokens


def issue_token(context: RequestContext, arguments: Arguments) -> Answer:
    """Exchange a code, a refresh token, or the application's credentials for an access token."""
    turn, table = context.turn, context.state.oauth
    application = _authenticate_application(context, arguments)
    grant = arguments["grant_type"]
    match grant:
        case "authorization_code":
            token = oauth.exchange_code(turn, table, application, arguments["code"], arguments["redirect_uri"])
        case "refresh_token":
            token = oauth.refresh(turn, table, application, arguments["refresh_token"])
        case "client_credentials":
            account = context.state.accounts[application.account_id]
            token = oauth.issue_token(
                turn, table, application, account.primary_owner_id, account.id, with_refresh_token=False
            )
        case None | "":
            raise OAuthError("invalid_request", "Missing required parameter: grant_type.")
        case _:
            raise OAuthError(
                "unsupported_grant_type",
                "The authorization grant type is not supported by the authorization server.",
                sentence="grant_type must be authorization_code, refresh_token or client_credentials",
            )
    answer = serialization.json_answer(serialization.render_token(turn, token, grant))
    return Answer(200, (*answer.headers, ("Cache-Control", "no-store"), ("Pragma", "no-cache")), answer.body)


def revoke_token(context: RequestContext, arguments: Arguments) -> Answer:
    """Revoke an access token or a refresh token."""
    oauth.revoke(context.state.oauth, _authenticate_application(context, arguments), arguments["token"])
    return serialization.json_answer({})


def _authenticate_application(context: RequestContext, arguments: Arguments) -> Application:
    basic = _basic_credentials(context)
    client_id, client_secret = basic or (arguments["client_id"], arguments["client_secret"])
    try:
        return oauth.authenticate_application(context.state.oauth, client_id, client_secret)
    except OAuthError as error:
        error.basic = basic is not None
        raise


def _basic_credentials(context: RequestContext) -> tuple[str, str] | None:
    """Return the application's credentials by HTTP Basic, each form-encoded (RFC 6749, 2.3.1)."""
    scheme, _, value = (context.header("Authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = b64decode(value.strip(), validate=True).decode()
    except (Base64Error, UnicodeDecodeError, ValueError):
        return "", ""
    client_id, _, client_secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(client_secret)


# ---- the table

_CODES = "1.1. Generating the initial Authorization Code"
_CREDENTIALS = ("client_id", "client_secret")

OPERATIONS: tuple[Operation[RequestContext], ...] = (
    Operation(
        "GET",
        "/oauth/authorize",
        show_sign_in_page,
        "read",
        _CODES,
        access=PUBLIC,
        parameters=_parameters("query", *_SIGN_IN_QUERY),
    ),
    Operation(
        "POST",
        "/oauth/authorize",
        sign_in,
        "destructive",
        _CODES,
        access=PUBLIC,
        parameters=(
            *_parameters("query", *_SIGN_IN_QUERY),
            *_parameters("form", "email", "password", "decision"),
        ),
    ),
    Operation(
        "POST",
        "/oauth/token",
        issue_token,
        "read",
        "1.2. Generating an OAuth Token",
        access=PUBLIC,
        parameters=_parameters(
            "form", "grant_type", "code", "redirect_uri", "refresh_token", *_CREDENTIALS, strict=True
        ),
    ),
    Operation(
        "POST",
        "/oauth/revoke",
        revoke_token,
        "destructive",
        "Revoking an OAuth Access Token",
        access=PUBLIC,
        parameters=_parameters("form", "token", *_CREDENTIALS),
    ),
)
