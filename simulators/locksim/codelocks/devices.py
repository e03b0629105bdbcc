"""What no API reaches: keypads, batteries and clocks, phones and gateways. And what the vendor's staff and the account's
owner do (`SUPPORT`).

A lock that does not open is an answer that says so. Every argument that can have a default has one.
"""

from __future__ import annotations

import re
from typing import Any

from locksim.codelocks import clients, keypad, zones
from locksim.codelocks.seed import new_access_key, new_api_key
from locksim.codelocks.state import PLANS, K3Lock, KitLock, Plan, State
from locksim.engine.errors import Impossible, Unknown, WrongArguments
from locksim.engine.timestamps import SECOND, iso, micros
from locksim.engine.turn import Turn
from locksim.engine.vendor import Action, Device, Support

__all__ = ["ACTIONS", "SUPPORT", "devices"]


def devices(turn: Turn, state: State) -> list[Device]:
    """KitLocks by the stand-in's ids, K3Connect locks by theirs, then phones by their owners' e-mails."""
    kits = [Device(lock.id, "kitlock", _kitlock(lock, turn.now), tuple(ACTIONS["kitlock"])) for lock in state.kitlocks]
    k3s = [Device(lock.id, "k3lock", _k3lock(lock, turn.now), tuple(ACTIONS["k3lock"])) for lock in state.k3locks]
    phones = [Device(one, "phone", _phone(state, one), tuple(ACTIONS["phone"])) for one in state.registered]
    return [*kits, *k3s, *phones]


def _kitlock(lock: KitLock, now: int) -> dict[str, Any]:
    clock = lock.clock(now)
    return {
        "name": lock.name,
        "lockmodel": lock.model,
        "timecode": lock.timecode,
        "identifier": lock.identifier or None,
        "initialised": lock.timecode is not None,
        "clock": None if clock is None else iso(clock),
        "drift": None if lock.offset is None else lock.offset / SECOND,
    }


def _k3lock(lock: K3Lock, now: int) -> dict[str, Any]:
    return {
        "name": lock.name,
        "timezone": lock.zone,
        "clock": iso(zones.local(now, lock.zone)).removesuffix("Z"),
        "gateway": lock.gateway,
        "events": len(lock.events),
        "unheard": len(lock.events) - lock.heard,
        "clients": {client.email: client.status for client in lock.clients},
    }


def _phone(state: State, email: str) -> dict[str, Any]:
    mine = [(lock, client) for lock in state.k3locks for client in lock.clients if client.email == email]
    return {
        "locks": {lock.id: client.status for lock, client in mine},
        "invitations": [
            {"lock": lock.id, "name": lock.name, "message": client.message}
            for lock, client in mine
            if client.status == "INVITED"
        ],
    }


# ---- KitLocks


def initialise(turn: Turn, state: State, device: str, *, sequence: str | None = None) -> dict[str, Any]:
    """Type an initialisation sequence, as /init answers it; without one, the lock's own (or the default) of now."""
    lock = state.kitlock(device)
    if sequence is None:
        who = lock.identifier.rjust(6, "0") if lock.identifier else keypad.DEFAULT_IDENTIFIER
        sequence = keypad.sequence_of(lock.model, lock.master, keypad.timecode_of(turn.now), who)
    took = keypad.initialise(lock, sequence, turn.now)
    return {"initialised": took, "timecode": lock.timecode, "identifier": lock.identifier or None}


def enter_netcode(turn: Turn, state: State, device: str, *, code: str) -> dict[str, Any]:
    """Type a NetCode. `reason`: netcode, not_valid_now, clock_not_set or not_initialised."""
    opened, reason = state.kitlock(device).opens(code, turn.now)
    return {"opened": opened, "reason": reason}


def enter_master(_turn: Turn, state: State, device: str, *, code: str | None = None) -> dict[str, Any]:
    """Type the master code (without `code`: the lock's own), which opens always."""
    right = code is None or code == state.kitlock(device).master
    return {"opened": right, "reason": "master_code" if right else "wrong_master_code"}


def replace_batteries(_turn: Turn, state: State, device: str) -> dict[str, Any]:
    """New batteries: the clock stands until it is set (set_clock, or a new initialisation)."""
    state.kitlock(device).offset = None
    return {"clock": None}


def set_clock(turn: Turn, state: State, device: str, *, late: float = 0) -> dict[str, Any]:
    """Set the clock by hand, to now in UTC or `late` seconds behind it. The initialisation stays."""
    lock = state.kitlock(device)
    lock.offset = -_seconds(late)
    return {"clock": iso(turn.now + lock.offset)}


def drift(turn: Turn, state: State, device: str, *, seconds: float = 60) -> dict[str, Any]:
    """The clock gains so many seconds (or loses them, below zero)."""
    lock = state.kitlock(device)
    if lock.offset is None:
        raise Impossible(f"the clock of {device} stands still; set it (set_clock, initialise) before it can drift")
    lock.offset += _seconds(seconds)
    return {"clock": iso(turn.now + lock.offset), "drift": lock.offset / SECOND}


def _seconds(given: float) -> int:
    us = micros(given)
    if abs(us) > 10 * 365 * 86_400 * SECOND:
        raise WrongArguments(f"{given} seconds are more than ten years; no clock is that far off")
    return us


# ---- K3Connect locks


def unlock_by_phone(turn: Turn, state: State, device: str, *, phone: str | None = None) -> dict[str, Any]:
    """Hold a phone (its owner's e-mail; without, the lock's first client's) to the lock, and open by Bluetooth.

    `reason`: client, not_a_client, invited, suspended, used or outside_active_periods. The lock syncs besides.
    """
    lock = state.k3lock(device)
    if phone is None:
        if not lock.clients:
            raise Impossible(f"lock {device} has no client; give a phone, or invite somebody")
        phone = lock.clients[0].email
    opened, reason = clients.open_by_phone(lock, _registered(state, phone), turn.now)
    return {"opened": opened, "reason": reason}


def k3_enter_netcode(turn: Turn, state: State, device: str, *, code: str) -> dict[str, Any]:
    """Type a NetCode at the lock's keypad. `reason`: netcode or not_valid_now."""
    opened, reason = clients.enter_code(state.k3lock(device), code, turn.now)
    return {"opened": opened, "reason": reason}


def sync(turn: Turn, state: State, device: str) -> dict[str, Any]:
    """Synchronise by Bluetooth: the server hears what it has not heard yet. → how many events."""
    return {"heard": clients.sync(state.k3lock(device), turn.now)}


def gateway(turn: Turn, state: State, device: str, *, on: bool | None = None) -> dict[str, Any]:
    """Put a Wi-Fi gateway near the lock, or take it away; without `on`, the other of the two."""
    lock = state.k3lock(device)
    clients.set_gateway(lock, turn.now, on=not lock.gateway if on is None else on)
    return {"gateway": lock.gateway}


# ---- phones


def accept(_turn: Turn, state: State, device: str, *, lock: str | None = None) -> dict[str, Any]:
    """Accept an invitation: to `lock`, or the first there is."""
    found = _invitation(state, device, lock)
    clients.move(found, found.client(device), "accept")
    return {"lock": found.id, "status": "ACTIVE"}


def decline(_turn: Turn, state: State, device: str, *, lock: str | None = None) -> dict[str, Any]:
    """Decline one."""
    found = _invitation(state, device, lock)
    clients.move(found, found.client(device), "decline")
    return {"lock": found.id, "status": "DECLINED"}


def _invitation(state: State, email: str, lock: str | None) -> K3Lock:
    for one in state.k3locks:
        if lock in (None, one.id) and any(c.email == email and c.status == "INVITED" for c in one.clients):
            return one
    raise Impossible(
        f"{email} has no invitation{f' to {lock}' if lock else ''}; POST …/k3connect/{{id}}/client sends one"
    )


def _registered(state: State, phone: str) -> str:
    if phone not in state.registered:
        raise Unknown(f"there is no phone {phone!r}; there are {', '.join(state.registered)}")
    return phone


ACTIONS: dict[str, dict[str, Action]] = {
    "kitlock": {
        "initialise": initialise,
        "enter_netcode": enter_netcode,
        "enter_master": enter_master,
        "replace_batteries": replace_batteries,
        "set_clock": set_clock,
        "drift": drift,
    },
    "k3lock": {
        "unlock_by_phone": unlock_by_phone,
        "enter_netcode": k3_enter_netcode,
        "sync": sync,
        "gateway": gateway,
    },
    "phone": {"accept": accept, "decline": decline},
}
"""device kind → action → what is done."""


# ---- the vendor's staff, and the account's owner


def plan(turn: Turn, state: State, *, plan: str | None = None) -> dict[str, Any]:
    """Change the subscription plan (from now on; what was used stays used); without `plan`, tell the present one.

    `plan` is its name, with or without the product's before it: `Codelocks Connect API – Pro 1` is `Pro 1`.
    """
    if plan is not None:
        state.plan = _plan(plan)
    return _account(turn, state)


def _plan(named: str) -> Plan:
    for name in PLANS:
        if named.lower().endswith(name.lower()):
            return name
    raise WrongArguments(f"there is no plan {named[:60]!r}; there are {', '.join(PLANS)}")


def bolt_on(turn: Turn, state: State, *, netcode: int = 100, utility: int = 0) -> dict[str, Any]:
    """Sell so many more calls for the current month."""
    if netcode < 0 or utility < 0 or max(netcode, utility) > 10**9:
        raise WrongArguments("a bolt-on has 0 to 1,000,000,000 calls of each kind")
    state.usage = state.usage.of(turn.now)
    state.usage.more_netcode += netcode
    state.usage.more_utility += utility
    return _account(turn, state)


def _account(turn: Turn, state: State) -> dict[str, Any]:
    (netcode, all_netcode), (utility, all_utility) = state.quota(turn.now, "netcode"), state.quota(turn.now, "utility")
    return {
        "plan": state.plan,
        "netcode": {"used": netcode, "quota": all_netcode},
        "utility": {"used": utility, "quota": all_utility},
    }


def access_key(turn: Turn, state: State, *, key: str | None = None) -> dict[str, Any]:
    """The account's owner changes the access key, to `key` or to a new random one."""
    if key is None:
        new_access_key(turn, state)
    elif re.fullmatch("[0-9a-z]{10,64}", key):
        state.access_key = key
    else:
        raise WrongArguments("an access key has 10 to 64 small letters and digits")
    return {"access_key": state.access_key}


def api_key(turn: Turn, state: State) -> dict[str, Any]:
    """Customer Support suspends the API key and gives out another."""
    new_api_key(turn, state)
    return {"api_key": state.api_key}


def register(_turn: Turn, state: State, *, email: str) -> dict[str, Any]:
    """Somebody registers with K3 Connect, and has a phone from now on."""
    if not re.fullmatch(r"[!-?A-~]{1,64}@[0-9A-Za-z.-]{1,180}", email) or "/" in email:
        raise WrongArguments(f"{email[:60]!r} is no e-mail address")
    if email.lower() in (one.lower() for one in state.registered):
        raise Impossible(f"{email} is registered already")
    state.registered.append(email)
    return {"registered": list(state.registered)}


SUPPORT: dict[str, Support] = {
    "plan": plan,
    "bolt_on": bolt_on,
    "access_key": access_key,
    "api_key": api_key,
    "register": register,
}
"""action → what they do."""
