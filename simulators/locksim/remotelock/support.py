"""What the vendor's staff does, and the account's owner in the web application (control API: `support`)."""

from __future__ import annotations

from typing import Any

from locksim.engine.errors import Impossible, Unknown, WrongArguments
from locksim.engine.turn import Turn
from locksim.engine.vendor import MAX_ADDED, MAX_NAME, Support
from locksim.remotelock import oauth
from locksim.remotelock.account import Account
from locksim.remotelock.catalog import MODELS, model_of
from locksim.remotelock.entities import AccessUser, Lock
from locksim.remotelock.forms import is_digits
from locksim.remotelock.hardware.lock import LockHardware
from locksim.remotelock.physical import LockSettings, PhysicalLock
from locksim.remotelock.rules.persons import PIN_DIGITS
from locksim.remotelock.state import State, new_id, next_sequence

__all__ = ["SUPPORT"]


def revoke_consent(
    turn: Turn, state: State, *, email: str | None = None, client_id: str | None = None
) -> dict[str, Any]:
    """Withdraw a user's consent from one application, or from all; without `email`, every user's.

    Returns how many tokens and codes were revoked. Raises Unknown.
    """
    users = [user for user in state.users.values() if email in (None, user.email)]
    if not users:
        raise Unknown(f"there is no user {email!r}; there are {', '.join(u.email for u in state.users.values())}")
    if client_id is not None and client_id not in state.oauth.applications:
        raise Unknown(f"there is no application {client_id!r}; the connection info has a valid one")
    return {"revoked": sum(oauth.withdraw_consent(state.oauth, user.id, client_id) for user in users)}


def subscription(turn: Turn, state: State, *, active: bool = False, account: str | None = None) -> dict[str, Any]:
    """End the account's subscription, or activate it again. `account` is an id, by default the application's."""
    found = _account(state, account)
    found.paid = active
    return {"account": found.id, "active": active}


def subuser_limit(turn: Turn, state: State, *, limit: int | None = 0, account: str | None = None) -> dict[str, Any]:
    """Set how many access users the account may have; null is any number. Existing users stay."""
    if limit is not None and limit < 0:
        raise WrongArguments("subuser_limit: limit must be 0 or more, or null for no limit")
    found = _account(state, account)
    found.subuser_limit = limit
    return {"account": found.id, "limit": limit}


def integration_user(
    turn: Turn, state: State, *, name: str = "Integration guest", pin: str | None = None, account: str | None = None
) -> dict[str, Any]:
    """Create an access user as an integration does (a booking service), with this PIN or a random one.

    Returns its id and PIN. Raises WrongArguments when the API would not take the PIN.
    """
    found = _account(state, account)
    if pin is not None and not (is_digits(pin, *PIN_DIGITS) and _is_free(found, pin, turn.now)):
        low, high = PIN_DIGITS
        raise WrongArguments(f"integration_user: pin must be {low} to {high} digits that no other person has")
    person = AccessUser(
        id=new_id(turn, state, "person"),
        created_at=turn.now,
        updated_at=turn.now,
        sequence=next_sequence(state),
        name=name,
        pin=pin or turn.random("integration pin", state.serial).text(8, "0123456789"),
        by_integration=True,
    )
    found.collections.save_person(person, turn.now)
    return {"account": found.id, "id": person.id, "pin": person.pin}


def _is_free(account: Account, pin: str, now: int) -> bool:
    """Return whether no upcoming or current person has this PIN."""
    owners = account.collections.persons(now).find("pin", pin)
    return all(account.status(person, now) not in ("upcoming", "current") for person in owners)


def _account(state: State, wanted: str | None) -> Account:
    key = wanted or next(iter(state.oauth.applications.values())).account_id
    if key not in state.accounts:
        raise Unknown(f"there is no account {key!r}; there are {', '.join(state.accounts)}")
    return state.accounts[key]


def add_lock(
    turn: Turn, state: State, *, name: str = "New lock", model: str = "LS-6i", account: str | None = None
) -> dict[str, Any]:
    """Add a lock that is registered and has just contacted the cloud, with a full battery and factory settings."""
    models = [one.number for one in MODELS.values() if one.type == "lock"]
    if model not in models:
        raise WrongArguments(f"there is no lock model {model[:40]!r}; there are {', '.join(models)}")
    if state.serial >= MAX_ADDED:
        raise Impossible(f"a world has at most {MAX_ADDED} items that were added")
    found = _account(state, account)
    lock = Lock(
        id=new_id(turn, state, "device"), created_at=turn.now, updated_at=turn.now, sequence=next_sequence(state),
        name=name[:MAX_NAME], serial_number=f"AC000W9{state.serial:08}", model_id=model_of(model).id,
        location_id=next(iter(found.locations)), physical=PhysicalLock(LockSettings()),
    )  # fmt: skip
    found.collections.devices.save(lock)
    body = LockHardware(turn, state, found, lock)
    body.register()
    body.contact()
    body.set_timer()
    return {"device": lock.id, "name": lock.name}


SUPPORT: dict[str, Support] = {
    "revoke_consent": revoke_consent,
    "subscription": subscription,
    "subuser_limit": subuser_limit,
    "integration_user": integration_user,
    "add_lock": add_lock,
}
