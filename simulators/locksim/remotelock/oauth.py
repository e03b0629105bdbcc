"""The OAuth 2 of the service: applications, codes, access tokens, refresh tokens.

1. A code is valid for 10 minutes and for one exchange, with the redirect_uri of the authorization request
   (chapter *Generating the initial Authorization Code*).
2. An access token is valid for less than 7200 s after it was issued.
3. A refresh token can be exchanged once, for a new pair. The access token of the old pair stays valid until it expires
   (`documented`), or is revoked at once (`observed`: later servers of this kind do so).
4. The user may withdraw consent at any time. This revokes everything that the application has for that user.
5. A token is for one account: the application's own (client credentials), or that of the user who signed in.

An access token is deleted an hour after it expired. From then on it is "invalid" instead of "expired".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from locksim.engine.timestamps import HOUR, MINUTE, SECOND
from locksim.engine.turn import Turn
from locksim.remotelock.errors import OAuthError, Unauthorized

__all__ = [
    "CODE_LIFETIME",
    "OOB",
    "TOKEN_LIFETIME",
    "Application",
    "Code",
    "OAuth",
    "Refresh",
    "Token",
    "authenticate_application",
    "exchange_code",
    "issue_code",
    "issue_token",
    "refresh",
    "revoke",
    "valid_token",
    "withdraw_consent",
]

CODE_LIFETIME = 10 * MINUTE
TOKEN_LIFETIME = 7200 * SECOND
_KEPT_AFTER_EXPIRY = HOUR
OOB = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect_uri of an application without a server: the code is shown (vendor-facts: developer tutorial)."""


class Application(msgspec.Struct):
    """A registered application; the developer portal is not simulated."""

    client_id: str
    client_secret: str
    name: str
    redirect_uris: list[str]
    account_id: str
    owner_id: str


class Code(msgspec.Struct):
    """An authorization code."""

    code: str
    client_id: str
    redirect_uri: str
    user_id: str
    account_id: str
    expires_at: int
    used: bool = False


class Token(msgspec.Struct):
    """An access token. `refresh` is the refresh token of the same pair, if there is one."""

    token: str
    client_id: str
    user_id: str
    account_id: str
    created_at: int
    refresh: str | None = None
    revoked: bool = False

    @property
    def expires_at(self) -> int:
        """The time from which it is no longer valid."""
        return self.created_at + TOKEN_LIFETIME


class Refresh(msgspec.Struct):
    """An unused refresh token. `access` is the access token of the same pair."""

    token: str
    client_id: str
    user_id: str
    account_id: str
    access: str


class OAuth(msgspec.Struct):
    """All applications, codes and tokens. `serial` counts the random texts drawn."""

    applications: dict[str, Application]
    codes: dict[str, Code] = {}
    tokens: dict[str, Token] = {}
    refreshes: dict[str, Refresh] = {}
    serial: int = 0

    def check(self, accounts: Collection[str], users: Collection[str]) -> None:
        """Raise AssertionError if something refers to what does not exist."""
        issued: list[Token | Refresh | Code] = [*self.tokens.values(), *self.refreshes.values(), *self.codes.values()]
        for token in issued:
            assert token.client_id in self.applications, "the application of a token does not exist"
            assert token.account_id in accounts, "the account of a token does not exist"
            assert token.user_id in users, "the user of a token does not exist"
        for app in self.applications.values():
            assert app.account_id in accounts, f"{app.name}: the account does not exist"


# ---- access tokens


def valid_token(table: OAuth, token: str, now: int) -> Token:
    """Return the access token with this text. Raises Unauthorized."""
    found = table.tokens.get(token)
    if found is None:
        raise Unauthorized(
            "The access token is invalid", "this access token does not exist, or expired over an hour ago"
        )
    if found.revoked:
        raise Unauthorized("The access token was revoked", "this access token was revoked; ask for authorization again")
    if now >= found.expires_at:
        raise Unauthorized(
            "The access token expired", "this access token is older than 7200 s; refresh it, or get a new one"
        )
    return found


# ---- codes and tokens


def authenticate_application(table: OAuth, client_id: str | None, client_secret: str | None) -> Application:
    """Return the application with this id and secret. Raises OAuthError invalid_client."""
    found = table.applications.get(client_id or "")
    if found is None or client_secret != found.client_secret:
        raise OAuthError(
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported "
            "authentication method.",
            status=401,
            sentence="no application has this client_id and client_secret; the connection info has valid ones",
        )
    return found


def issue_code(turn: Turn, table: OAuth, app: Application, redirect_uri: str, user_id: str, account_id: str) -> Code:
    """Return a new code for a user who has signed in."""
    table.codes = {text: code for text, code in table.codes.items() if turn.now < code.expires_at}
    code = Code(
        _random_text(turn, table, "code"), app.client_id, redirect_uri, user_id, account_id, turn.now + CODE_LIFETIME
    )
    table.codes[code.code] = code
    return code


def exchange_code(turn: Turn, table: OAuth, app: Application, code: str | None, redirect_uri: str | None) -> Token:
    """Return a new pair of tokens for a code. Raises OAuthError."""
    if not code:
        raise OAuthError("invalid_request", "Missing required parameter: code.")
    if not redirect_uri:
        raise OAuthError("invalid_request", "Missing required parameter: redirect_uri.")
    found = table.codes.get(code)
    if found is None or found.client_id != app.client_id:
        raise _invalid_grant("this application has no such code, or it is older than 10 minutes")
    if turn.now >= found.expires_at:
        raise _invalid_grant("this code is older than 10 minutes; let the user sign in again")
    if found.used:
        raise _invalid_grant("this code has been used; a code can be exchanged once")
    if redirect_uri != found.redirect_uri:
        raise _invalid_grant("redirect_uri differs from the one in the authorization request")
    found.used = True
    return issue_token(turn, table, app, found.user_id, found.account_id, with_refresh_token=True)


def refresh(turn: Turn, table: OAuth, app: Application, token: str | None) -> Token:
    """Return a new pair of tokens for a refresh token, which cannot be used again. Raises OAuthError."""
    if not token:
        raise OAuthError("invalid_request", "Missing required parameter: refresh_token.")
    found = table.refreshes.get(token)
    if found is None or found.client_id != app.client_id:
        raise _invalid_grant("this application has no such unused refresh token; ask the user for authorization")
    del table.refreshes[token]
    old = table.tokens.get(found.access)
    if old is not None and turn.profile == "observed":
        old.revoked = True
    return issue_token(turn, table, app, found.user_id, found.account_id, with_refresh_token=True)


def issue_token(
    turn: Turn, table: OAuth, app: Application, user_id: str, account_id: str, *, with_refresh_token: bool
) -> Token:
    """Return a new access token, with a refresh token or without."""
    _delete_expired(table, turn.now)
    token = Token(_random_text(turn, table, "token"), app.client_id, user_id, account_id, turn.now)
    table.tokens[token.token] = token
    if with_refresh_token:
        token.refresh = _random_text(turn, table, "refresh")
        table.refreshes[token.refresh] = Refresh(token.refresh, app.client_id, user_id, account_id, token.token)
    return token


def revoke(table: OAuth, app: Application, token: str | None) -> None:
    """Revoke an access or refresh token, and the other of its pair. An unknown one is no error (RFC 7009, 2.2)."""
    access, refresh_token = table.tokens.get(token or ""), table.refreshes.get(token or "")
    found = access or refresh_token
    if found is None:
        return
    if found.client_id != app.client_id:
        raise OAuthError("unauthorized_client", "You are not authorized to revoke this token")
    if refresh_token is not None:
        access = table.tokens.get(refresh_token.access)
    if access is not None:
        access.revoked = True
        table.refreshes.pop(access.refresh or "", None)
    table.refreshes.pop(token or "", None)


def withdraw_consent(table: OAuth, user_id: str, client_id: str | None = None) -> int:
    """Revoke what one application, or all, have for this user. Return how many tokens and codes were revoked."""

    def matches(one: Token | Refresh | Code) -> bool:
        return one.user_id == user_id and client_id in (None, one.client_id)

    revoked = 0
    for token in table.tokens.values():
        if matches(token) and token.refresh is not None:
            revoked += not token.revoked
            token.revoked = True
    tables: tuple[dict[str, Any], ...] = (table.refreshes, table.codes)
    for kept in tables:
        for text in [text for text, one in kept.items() if matches(one)]:
            revoked += not getattr(kept.pop(text), "used", False)
    return revoked


def _invalid_grant(sentence: str) -> OAuthError:
    return OAuthError(
        "invalid_grant",
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the "
        "authorization request, or was issued to another client.",
        sentence=sentence,
    )


def _delete_expired(table: OAuth, now: int) -> None:
    # Access tokens are in the order in which they were issued.
    for text, token in list(table.tokens.items()):
        if now < token.expires_at + _KEPT_AFTER_EXPIRY:
            return
        del table.tokens[text]


def _random_text(turn: Turn, table: OAuth, label: str) -> str:
    table.serial += 1
    return turn.random(label, table.serial).text(64)
