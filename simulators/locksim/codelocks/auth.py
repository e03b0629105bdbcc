"""Check the API key. The gateway does this before it counts the call."""

from __future__ import annotations

from locksim.codelocks.errors import BadKey
from locksim.codelocks.state import State

__all__ = ["check_key"]


def check_key(state: State, key: str | None) -> None:
    """Raise BadKey unless `key`, the value of the header x-api-key, is the account's API key."""
    if key is None:
        raise BadKey("x-api-key is missing; send the API key in this header")
    if key != state.api_key:
        raise BadKey("x-api-key is not a key of this API, or the key is suspended")
