"""K3Connect: the phones that may open a lock, its events, and the audit that the server keeps.

    invite ──► INVITED ──accept──► ACTIVE ◄──RESTORE── SUSPENDED
                  │ decline           │ ──SUSPEND──►
                  ▼                   │ (ONE_TIME) opens once ──► USED
               removed ◄── delete, from any status

The server gets a lock's events when a phone syncs with the lock or opens it by Bluetooth, and at once while a gateway is
connected.
"""

from __future__ import annotations

from locksim.codelocks import hardware, local_time
from locksim.codelocks.errors import InvalidData
from locksim.codelocks.state import (
    CLIENT_TRANSITIONS,
    DAYS,
    EVENT_LIMIT,
    Access,
    Client,
    Event,
    EventType,
    K3Lock,
    Period,
    State,
)
from locksim.engine.timestamps import DAY, HOUR, MINUTE
from locksim.engine.turn import Turn

__all__ = ["change_status", "enter_code", "invite", "open_by_phone", "set_gateway", "sync"]


def invite(state: State, lock: K3Lock, email: str, periods: list[Period], access: Access, message: str) -> None:
    """Invite a person to become a client.

    Raises:
        InvalidData: The person has no K3 Connect account, or is a client of this lock already.
    """
    registered = {known.lower(): known for known in state.registered}
    if email.lower() not in registered:
        raise InvalidData("Client Email", "an e-mail that is registered with K3 Connect")
    if any(client.email.lower() == email.lower() for client in lock.clients):
        raise InvalidData("Client Email", "somebody who is no client of this lock yet; use PUT to change one")
    lock.clients.append(Client(registered[email.lower()], "INVITED", access, periods, message))


def change_status(lock: K3Lock, client: Client, action: str) -> None:
    """Apply a transition to a client. Raises InvalidData if the client's status does not allow it."""
    transitions = CLIENT_TRANSITIONS[client.status]
    if action not in transitions:
        allowed = ", ".join(name for name in transitions if name.isupper()) or "neither SUSPEND nor RESTORE"
        raise InvalidData("Action", f"what a client who is {client.status} can have: {allowed}")
    status = transitions[action]
    if status is None:
        lock.clients.remove(client)
    else:
        client.status = status


# ---- at the lock


def open_by_phone(turn: Turn, lock: K3Lock, email: str) -> tuple[bool, str]:
    """Try to open by Bluetooth with a phone. Return whether the lock opens, and the reason in one word."""
    if not lock.charge.left(turn.now):
        return False, "batteries_flat"
    opened, reason, client = False, "not_a_client", None
    for known in lock.clients:
        if known.email == email:
            client = known
            opened, reason = _may_open(client, lock.shows(turn.now), lock.zone)
    if opened and client is not None and client.access == "ONE_TIME":
        change_status(lock, client, "open_once")
    _record(turn, lock, "PHONE_UNLOCK" if opened else "PHONE_REFUSED", f"Smart Phone {email}")
    if opened:
        sync(lock, turn.now)
    return opened, reason


def _may_open(client: Client, now: int, zone: str) -> tuple[bool, str]:
    if client.status != "ACTIVE":
        return False, client.status.lower()
    if not any(_includes(period, now, zone) for period in client.periods):
        return False, "outside_active_periods"
    return True, "client"


def _includes(period: Period, now: int, zone: str) -> bool:
    """Return whether a period includes now by the lock's wall clock. The minute `ends` is included."""
    today = local_time.local(now, zone) // DAY
    weekday = DAYS[(today + 3) % 7]  # 1970-01-01 was a Thursday
    starts, ends = (today * DAY + int(at[:2]) * HOUR + int(at[3:]) * MINUTE for at in (period.starts, period.ends))
    return period.enabled and bool(getattr(period, weekday)) and local_time.includes(starts, ends + MINUTE, now, zone)


def enter_code(turn: Turn, lock: K3Lock, code: str) -> tuple[bool, str]:
    """Type a NetCode at the lock's keypad. The event does not contain the code."""
    opened, reason = lock.try_code(code, turn.now)
    if reason != "batteries_flat":
        _record(turn, lock, "NETCODE_UNLOCK" if opened else "NETCODE_REFUSED", "Keypad")
    return opened, reason


# ---- the audit


def _record(turn: Turn, lock: K3Lock, type: EventType, text: str) -> None:
    """Record an attempt, with the time of the lock's own clock."""
    hardware.use(turn, lock, hardware.OPENING if type.endswith("_UNLOCK") else hardware.ATTEMPT)
    lock.events.append(Event(lock.shows(turn.now), type, text))
    if len(lock.events) > EVENT_LIMIT:
        del lock.events[0]
        lock.dropped, lock.reported = lock.dropped + 1, max(0, lock.reported - 1)
    if lock.gateway:
        sync(lock, turn.now)


def sync(lock: K3Lock, now: int) -> int:
    """Report all events and the batteries to the server, and set the lock's clock. Return how many events were new."""
    new = len(lock.events) - lock.reported
    lock.reported, lock.synced_at, lock.synced_charge = len(lock.events), now, lock.charge.left(now)
    lock.clock.set(now)
    return new


def set_gateway(lock: K3Lock, now: int, *, on: bool) -> None:
    """Connect a Wi-Fi gateway to the lock, or disconnect it."""
    if lock.gateway:
        lock.synced_at, lock.synced_charge = lock.battery_report(now)
        lock.clock.set(now)
    lock.gateway = on
    if on:
        sync(lock, now)
