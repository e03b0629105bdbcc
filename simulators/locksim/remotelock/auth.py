"""Who may in: the access token of an API request (chapter *Making requests with an OAuth Token*)."""

from __future__ import annotations

from locksim.engine.turn import Turn
from locksim.remotelock import oauth
from locksim.remotelock.errors import Unauthorized
from locksim.remotelock.state import Here, State

__all__ = ["admit"]


def admit(turn: Turn, state: State, authorization: str | None) -> Here:
    """`Authorization: Bearer …` → who asks, in the account that the token speaks for. Raises Unauthorized."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(
            "The access token is invalid",
            "there is no Authorization: Bearer header; get a token by POST /oauth/token first",
        )
    found = oauth.admitted(state.oauth, token.strip(), turn.now)
    return Here(turn, state, state.accounts[found.account_id], state.users[found.user_id])
