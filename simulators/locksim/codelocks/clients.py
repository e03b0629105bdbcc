"""K3Connect: who may open with a phone, what happened at the door, and what the server has heard of it.

    invite ──► INVITED ──accept──► ACTIVE ◄──RESTORE── SUSPENDED
                  │ decline           │ ──SUSPEND──►
                  ▼                   │ (ONE_TIME) opens once ──► USED
               nobody  ◄── delete, from any

The server hears of a lock when a phone syncs with it or opens it by Bluetooth, and at once while a gateway is there.
"""

from __future__ import annotations

from locksim.codelocks import zones
from locksim.codelocks.errors import InvalidData
from locksim.codelocks.state import DAYS, EVENT_LIMIT, NEXT, Access, Client, Event, EventType, K3Lock, Period, State
from locksim.engine.timestamps import DAY, MINUTE

__all__ = ["enter_code", "invite", "move", "open_by_phone", "set_gateway", "sync"]


def invite(state: State, lock: K3Lock, email: str, periods: list[Period], access: Access, message: str) -> None:
    """Ask somebody to become a client. Raises InvalidData for one who has no account, or is a client already."""
    registered = {one.lower(): one for one in state.registered}
    if email.lower() not in registered:
        raise InvalidData("Client Email", "an e-mail that is registered with K3 Connect")
    if any(client.email.lower() == email.lower() for client in lock.clients):
        raise InvalidData("Client Email", "somebody who is no client of this lock yet; use PUT to change one")
    lock.clients.append(Client(registered[email.lower()], "INVITED", access, periods, message))


def move(lock: K3Lock, client: Client, step: str) -> None:
    """A step in a client's life. Raises InvalidData for one that the status does not know."""
    if step not in NEXT[client.status]:
        may = ", ".join(one for one in NEXT[client.status] if one.isupper()) or "neither SUSPEND nor RESTORE"
        raise InvalidData("Action", f"what a client who is {client.status} can have: {may}")
    after = NEXT[client.status][step]
    if after is None:
        lock.clients.remove(client)
    else:
        client.status = after


# ---- at the door


def open_by_phone(lock: K3Lock, email: str, now: int) -> tuple[bool, str]:
    """A phone asks the lock, by Bluetooth. → whether it opens, and why or why not, in one word."""
    opened, reason, client = False, "not_a_client", None
    for one in lock.clients:
        if one.email == email:
            client = one
            opened, reason = _may(one, zones.local(now, lock.zone))
    if opened and client is not None and client.access == "ONE_TIME":
        move(lock, client, "open_once")
    _happened(lock, now, "PHONE_UNLOCK" if opened else "PHONE_REFUSED", f"Smart Phone {email}")
    sync(lock, now)
    return opened, reason


def _may(client: Client, wall: int) -> tuple[bool, str]:
    if client.status != "ACTIVE":
        return False, client.status.lower()
    if not any(_holds(period, wall) for period in client.periods):
        return False, "outside_active_periods"
    return True, "client"


def _holds(period: Period, wall: int) -> bool:
    """By the wall clock, to the minute; the minute `ends` belongs to it."""
    minute = wall % DAY // MINUTE
    clock = f"{minute // 60:02}:{minute % 60:02}"
    today = DAYS[(wall // DAY + 3) % 7]  # 1970-01-01 was a Thursday
    return period.enabled and bool(getattr(period, today)) and period.starts <= clock <= period.ends


def enter_code(lock: K3Lock, code: str, now: int) -> tuple[bool, str]:
    """A NetCode typed at a K3Connect lock's keypad; the lock keeps it for its audit, without the code."""
    opened, reason = lock.opens(code, now)
    _happened(lock, now, "NETCODE_UNLOCK" if opened else "NETCODE_REFUSED", "Keypad")
    return opened, reason


# ---- the audit


def _happened(lock: K3Lock, now: int, type: EventType, text: str) -> None:
    lock.events.append(Event(now, type, text))
    if len(lock.events) > EVENT_LIMIT:
        del lock.events[0]
        lock.gone, lock.heard = lock.gone + 1, max(0, lock.heard - 1)
    if lock.gateway:
        sync(lock, now)


def sync(lock: K3Lock, now: int) -> int:
    """The server hears what it has not heard yet. → how many events that were."""
    new = len(lock.events) - lock.heard
    lock.heard, lock.synced_at = len(lock.events), now
    return new


def set_gateway(lock: K3Lock, now: int, *, on: bool) -> None:
    """A Wi-Fi gateway near the lock, or no longer."""
    lock.gateway = on
    if on:
        sync(lock, now)
