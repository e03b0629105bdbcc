"""Check the access token of an API request (chapter *Making requests with an OAuth Token*)."""

from __future__ import annotations

from locksim.remotelock import oauth
from locksim.remotelock.errors import Unauthorized
from locksim.remotelock.oauth import OAuth, Token

__all__ = ["authenticate"]


def authenticate(table: OAuth, authorization: str | None, now: int) -> Token:
    """Return the access token that an Authorization header (`Bearer …`) has. Raises Unauthorized."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(
            "The access token is invalid",
            "there is no Authorization: Bearer header; get a token by POST /oauth/token first",
        )
    return oauth.valid_token(table, token.strip(), now)
