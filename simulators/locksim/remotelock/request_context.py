"""One request to the API, with the account and the user that its access token is for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from locksim.api.context import Context
from locksim.engine.turn import Turn
from locksim.remotelock.account import Account, Collections
from locksim.remotelock.oauth import Token
from locksim.remotelock.state import State, User, new_id, next_sequence

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["RequestContext"]


class RequestContext(Context[State]):
    """What checks, handlers and rules know of one request."""

    def __init__(self, turn: Turn, environ: WSGIEnvironment) -> None:
        super().__init__(turn, environ)
        self.token: Token | None = None
        """The access token, once the check has found it valid. None below /oauth."""
        self.sent: dict[str, Any] = {}
        """The attributes in the body, which a resource error (422) repeats."""
        self.sent_type: Any = None
        """What the body has as `type`."""

    @cached_property
    def account(self) -> Account:
        """The account that the access token is for."""
        assert self.token is not None, "the operation needs no token"
        return self.state.accounts[self.token.account_id]

    @cached_property
    def address(self) -> str:
        """The base URL of this API in this world."""
        return self.turn.url("api")

    @property
    def user(self) -> User:
        """The user that the access token is for."""
        assert self.token is not None, "the operation needs no token"
        return self.state.users[self.token.user_id]

    @property
    def collections(self) -> Collections:
        """The account's collections."""
        return self.account.collections

    def new_fields(self, kind: str) -> dict[str, Any]:
        """Return the fields that every new item has. `kind` is the label of the random id."""
        return {
            "id": new_id(self.turn, self.state, kind),
            "created_at": self.turn.now,
            "updated_at": self.turn.now,
            "sequence": next_sequence(self.state),
        }

    def change(self, item: Any, values: Mapping[str, Any]) -> bool:
        """Set these attributes of the item, and updated_at if any of them differs. Return whether any differs."""
        changed = [name for name, value in values.items() if getattr(item, name) != value]
        for name in changed:
            setattr(item, name, values[name])
        if changed:
            item.updated_at = self.turn.now
        return bool(changed)
