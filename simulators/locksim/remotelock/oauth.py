"""The service's OAuth 2 in a small table of its own: applications, codes, access tokens, refresh tokens.

1. A code holds for 10 minutes and for one exchange, with the redirect_uri that it was asked for
   (chapter *Generating the initial Authorization Code*).
2. An access token holds for 7200 s from its making, that instant not included.
3. A refresh token is exchanged once; the exchange gives a new pair. The access token beside the used one holds until it
   expires (`documented`), or dies at once (`observed`: what later servers of that make do).
4. The user may withdraw consent at any time: all that the application has of that user dies.
5. A token speaks for one account: the application's own (client credentials), or that of the user who signed in.

Tokens that expired an hour ago are forgotten; whoever shows one is told that it is invalid rather than expired.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from locksim.engine.timestamps import HOUR, MINUTE, SECOND
from locksim.engine.turn import Turn
from locksim.remotelock.errors import OAuthError, Unauthorized

__all__ = [
    "CODE_LASTS",
    "OOB",
    "TOKEN_LASTS",
    "Application",
    "Code",
    "OAuth",
    "Refresh",
    "Token",
    "admitted",
    "application",
    "code_for",
    "exchange",
    "mint",
    "refresh",
    "revoke",
    "withdraw",
]

CODE_LASTS = 10 * MINUTE
TOKEN_LASTS = 7200 * SECOND
_REMEMBERED = HOUR
OOB = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect_uri of who has no server: the code is shown instead (vendor-facts: developer tutorial)."""


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
    until: int
    used: bool = False


class Token(msgspec.Struct):
    """An access token. `refresh`: the one that was given with it, if any."""

    token: str
    client_id: str
    user_id: str
    account_id: str
    made: int
    refresh: str | None = None
    revoked: bool = False

    @property
    def until(self) -> int:
        """From when on it holds no more."""
        return self.made + TOKEN_LASTS


class Refresh(msgspec.Struct):
    """A refresh token that nobody has used."""

    token: str
    client_id: str
    user_id: str
    account_id: str
    access: str


class OAuth(msgspec.Struct):
    """The table. `serial` numbers what is drawn."""

    applications: dict[str, Application]
    codes: dict[str, Code] = {}
    tokens: dict[str, Token] = {}
    refreshes: dict[str, Refresh] = {}
    serial: int = 0

    def check(self, accounts: Collection[str], users: Collection[str]) -> None:
        """Raises AssertionError when the table contradicts itself."""
        given: list[Token | Refresh | Code] = [*self.tokens.values(), *self.refreshes.values(), *self.codes.values()]
        for token in given:
            assert token.client_id in self.applications, "a token of no application"
            assert token.account_id in accounts, "a token for no account"
            assert token.user_id in users, "a token of no user"
        for app in self.applications.values():
            assert app.account_id in accounts, f"{app.name}: no such account"


# ---- at the token's door


def admitted(table: OAuth, token: str, now: int) -> Token:
    """The access token that this text is. Raises Unauthorized, with the words of WWW-Authenticate."""
    found = table.tokens.get(token)
    if found is None:
        raise Unauthorized("The access token is invalid", "this access token was never given out, or long ago")
    if found.revoked:
        raise Unauthorized("The access token was revoked", "this access token was revoked; ask for authorization again")
    if now >= found.until:
        raise Unauthorized(
            "The access token expired", "this access token is older than 7200 s; refresh it, or ask for a new one"
        )
    return found


# ---- codes and tokens


def application(table: OAuth, client_id: str | None, client_secret: str | None) -> Application:
    """The application that shows its secret. Raises OAuthError invalid_client."""
    found = table.applications.get(client_id or "")
    if found is None or client_secret != found.client_secret:
        raise OAuthError(
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported "
            "authentication method.",
            status=401,
            sentence="client_id and client_secret are not those of an application; the ready document has them",
        )
    return found


def code_for(turn: Turn, table: OAuth, app: Application, redirect_uri: str, user_id: str, account_id: str) -> Code:
    """A new code, now that the user has signed in."""
    table.codes = {text: code for text, code in table.codes.items() if turn.now < code.until}
    code = Code(_text(turn, table, "code"), app.client_id, redirect_uri, user_id, account_id, turn.now + CODE_LASTS)
    table.codes[code.code] = code
    return code


def exchange(turn: Turn, table: OAuth, app: Application, code: str | None, redirect_uri: str | None) -> Token:
    """The token pair for a code. Raises OAuthError."""
    if not code:
        raise OAuthError("invalid_request", "Missing required parameter: code.")
    if not redirect_uri:
        raise OAuthError("invalid_request", "Missing required parameter: redirect_uri.")
    found = table.codes.get(code)
    if found is None or found.client_id != app.client_id:
        raise _no_grant("this code was not given to this application, or more than 10 minutes ago")
    if turn.now >= found.until:
        raise _no_grant("this code is older than 10 minutes; let the user sign in again")
    if found.used:
        raise _no_grant("this code was used before; a code is good for one exchange")
    if redirect_uri != found.redirect_uri:
        raise _no_grant("redirect_uri is not, letter for letter, the one that this code was asked for")
    found.used = True
    return mint(turn, table, app, found.user_id, found.account_id, lasting=True)


def refresh(turn: Turn, table: OAuth, app: Application, token: str | None) -> Token:
    """A new pair for a refresh token, which dies. Raises OAuthError."""
    if not token:
        raise OAuthError("invalid_request", "Missing required parameter: refresh_token.")
    found = table.refreshes.get(token)
    if found is None or found.client_id != app.client_id:
        raise _no_grant("this refresh token was used or revoked, or is not this application's; ask for authorization")
    del table.refreshes[token]
    old = table.tokens.get(found.access)
    if old is not None and turn.profile == "observed":
        old.revoked = True
    return mint(turn, table, app, found.user_id, found.account_id, lasting=True)


def mint(turn: Turn, table: OAuth, app: Application, user_id: str, account_id: str, *, lasting: bool) -> Token:
    """A new access token; `lasting`: with a refresh token."""
    _forget(table, turn.now)
    token = Token(_text(turn, table, "token"), app.client_id, user_id, account_id, turn.now)
    table.tokens[token.token] = token
    if lasting:
        token.refresh = _text(turn, table, "refresh")
        table.refreshes[token.refresh] = Refresh(token.refresh, app.client_id, user_id, account_id, token.token)
    return token


def revoke(table: OAuth, app: Application, token: str | None) -> None:
    """Kill a token, access or refresh, and the other of its pair. One that there is not is no error (RFC 7009, 2.2)."""
    access, fresh = table.tokens.get(token or ""), table.refreshes.get(token or "")
    found = access or fresh
    if found is None:
        return
    if found.client_id != app.client_id:
        raise OAuthError("unauthorized_client", "You are not authorized to revoke this token")
    if fresh is not None:
        access = table.tokens.get(fresh.access)
    if access is not None:
        access.revoked = True
        table.refreshes.pop(access.refresh or "", None)
    table.refreshes.pop(token or "", None)


def withdraw(table: OAuth, user_id: str, client_id: str | None = None) -> int:
    """The user withdraws consent (from one application, or from all). → how many tokens and codes died."""

    def theirs(one: Token | Refresh | Code) -> bool:
        return one.user_id == user_id and client_id in (None, one.client_id)

    died = 0
    for token in table.tokens.values():
        if theirs(token) and token.refresh is not None:
            died += not token.revoked
            token.revoked = True
    tables: tuple[dict[str, Any], ...] = (table.refreshes, table.codes)
    for kept in tables:
        for text in [text for text, one in kept.items() if theirs(one)]:
            died += not getattr(kept.pop(text), "used", False)
    return died


def _no_grant(sentence: str) -> OAuthError:
    return OAuthError(
        "invalid_grant",
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the "
        "authorization request, or was issued to another client.",
        sentence=sentence,
    )


def _forget(table: OAuth, now: int) -> None:
    """Access tokens are in the order of their making: the oldest are in front."""
    for text, token in list(table.tokens.items()):
        if now < token.until + _REMEMBERED:
            return
        del table.tokens[text]


def _text(turn: Turn, table: OAuth, label: str) -> str:
    table.serial += 1
    return turn.random(label, table.serial).text(64)
