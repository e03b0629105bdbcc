"""Who may in: the gateway knows the path, the key, and what the plan has left, in this order. It counts every
call that has a key and a path, whatever the API says to it then.
"""

from __future__ import annotations

from locksim.codelocks.errors import BadKey
from locksim.codelocks.state import Kind, State

__all__ = ["admit"]


def admit(state: State, key: str | None, kind: Kind, now: int, *, limits: bool) -> None:
    """Count the call. `key`: the header x-api-key. Raises BadKey, LimitExceeded."""
    if key is None:
        raise BadKey("x-api-key is missing; send the API key in this header, and nowhere else")
    if key != state.api_key:
        raise BadKey("x-api-key is not a key of this API, or it was suspended")
    state.spend(now, kind, limits=limits)
