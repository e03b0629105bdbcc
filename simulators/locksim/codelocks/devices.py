"""Device actions on locks and phones, and what the vendor's staff and the account's owner do (`SUPPORT`).

A lock that stays closed is a result, not an error. Every argument that can have a default has one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from locksim.codelocks import clients, hardware, keypad, local_time, serialization
from locksim.codelocks.durations import K3CONNECT, KL1060, MODELS
from locksim.codelocks.keypad import FACTORY_MASTER
from locksim.codelocks.seed import new_access_key, new_api_key
from locksim.codelocks.state import LOW, PLANS, K3Lock, KitLock, Plan, Quota, State
from locksim.engine import lookup
from locksim.engine.errors import Impossible, Unknown, WrongArguments
from locksim.engine.physics import FULL, MAX_DRIFT
from locksim.engine.timestamps import SECOND, iso, micros
from locksim.engine.turn import Turn
from locksim.engine.vendor import MAX_ADDED, MAX_NAME, Action, Device, Support

__all__ = ["ACTIONS", "SUPPORT", "device", "devices"]


def devices(turn: Turn, state: State) -> list[Device]:
    """List KitLocks by the simulator's ids, K3Connect locks by theirs, then phones by their owners' e-mails."""
    return [
        *(_kitlock(lock, turn.now) for lock in state.kitlocks),
        *(_k3lock(lock, turn.now) for lock in state.k3locks),
        *(_phone(state, email) for email in state.registered),
    ]


def device(turn: Turn, state: State, id: str) -> Device | None:
    """Return the lock with this id, or the phone with this e-mail."""
    locks: tuple[Sequence[KitLock | K3Lock], ...] = (state.kitlocks, state.k3locks)
    found = lookup.locate(locks, "id", id)
    if found is None:
        return _phone(state, id) if id in state.registered else None
    lock = found[1]
    return _kitlock(lock, turn.now) if isinstance(lock, KitLock) else _k3lock(lock, turn.now)


def _kitlock(lock: KitLock, now: int) -> Device:
    clock = lock.shows(now)
    visible = {
        "name": lock.name,
        "lockmodel": lock.model,
        "timecode": lock.timecode,
        "identifier": lock.identifier or None,
        "initialised": lock.timecode is not None,
        "clock": None if clock is None else iso(clock),
        "drift": None if clock is None else lock.clock.error_at(now) / SECOND,
        **_hardware(lock, now),
    }
    return Device(lock.id, "kitlock", visible, tuple(ACTIONS["kitlock"]))


def _hardware(lock: KitLock | K3Lock, now: int) -> dict[str, Any]:
    return {"drift_per_day": lock.clock.drift / SECOND, "battery": lock.charge.left(now) / FULL}


def _k3lock(lock: K3Lock, now: int) -> Device:
    visible = {
        "name": lock.name,
        "timezone": lock.zone,
        "clock": _k3_shown(lock, now),
        "gateway": lock.gateway,
        "events": len(lock.events),
        "unheard": len(lock.events) - lock.reported,
        "clients": {client.email: client.status for client in lock.clients},
        "drift": (lock.shows(now) - now) / SECOND,
        **_hardware(lock, now),
    }
    return Device(lock.id, "k3lock", visible, tuple(ACTIONS["k3lock"]))


def _phone(state: State, email: str) -> Device:
    accesses = [(lock, client) for lock in state.k3locks for client in lock.clients if client.email == email]
    visible = {
        "locks": {lock.id: client.status for lock, client in accesses},
        "invitations": [
            {"lock": lock.id, "name": lock.name, "message": client.message}
            for lock, client in accesses
            if client.status == "INVITED"
        ],
    }
    return Device(email, "phone", visible, tuple(ACTIONS["phone"]))


# ---- KitLocks


def initialise(turn: Turn, state: State, device: str, *, sequence: str | None = None) -> dict[str, Any]:
    """Type an initialisation sequence, as /init returns it.

    Without `sequence`: a sequence of now with the lock's own identifier, or with the default one.
    """
    lock = state.kitlock(device)
    if sequence is None:
        identifier = lock.identifier.rjust(6, "0") if lock.identifier else keypad.DEFAULT_IDENTIFIER
        sequence = keypad.sequence_of(lock.model, lock.master, keypad.timecode_of(turn.now), identifier)
    accepted = keypad.initialise(lock, sequence, turn.now)
    hardware.use(turn, lock, hardware.ATTEMPT)
    return {"initialised": accepted, "timecode": lock.timecode, "identifier": lock.identifier or None}


def enter_netcode(turn: Turn, state: State, device: str, *, code: str) -> dict[str, Any]:
    """Type a NetCode. `reason`: netcode, not_valid_now, clock_not_set, not_initialised or batteries_flat.

    Low batteries show at the keypad: the result then has `battery_low`.
    """
    grace = keypad.GRACE if turn.profile == serialization.OBSERVED else 0
    lock = state.kitlock(device)
    return _typed(turn, lock, *lock.try_code(code, turn.now, grace))


def enter_master(turn: Turn, state: State, device: str, *, code: str | None = None) -> dict[str, Any]:
    """Type a master code (without `code`: the lock's own). The lock's own always opens it, unless the batteries are flat."""
    lock = state.kitlock(device)
    if not lock.charge.left(turn.now):
        return {"opened": False, "reason": "batteries_flat"}
    right = code is None or code == lock.master
    return _typed(turn, lock, right, "master_code" if right else "wrong_master_code")


def _typed(turn: Turn, lock: KitLock, opened: bool, reason: str) -> dict[str, Any]:
    low = 0 < lock.charge.left(turn.now) < LOW
    hardware.use(turn, lock, hardware.OPENING if opened else hardware.ATTEMPT)
    return {"opened": opened, "reason": reason} | ({"battery_low": True} if low else {})


def replace_batteries(turn: Turn, state: State, device: str) -> dict[str, Any]:
    """Replace the batteries: the clock stops until it is set by `set_clock` or `initialise`."""
    hardware.put_batteries_in(turn, state.kitlock(device), FULL)
    return {"clock": None}


def battery(turn: Turn, state: State, device: str, *, level: float = 0.1) -> dict[str, Any]:
    """Set the charge of the batteries that are in the lock, from 0 (flat) to 1. Below 0.2 they are low."""
    lock = state.kitlock(device)
    if not lock.charge.left(turn.now):
        lock.clock_set = False
    lock.charge.fill(turn.now, _charge(level))
    return {"battery": level}


def _charge(level: float) -> int:
    if not 0 <= level <= 1:
        raise WrongArguments(f"invalid level {level}; give a number from 0 to 1, as 0.64")
    return round(level * FULL)


def set_clock(turn: Turn, state: State, device: str, *, late: float = 0) -> dict[str, Any]:
    """Set the clock by hand, to now in UTC or to `late` seconds before now. The initialisation stays."""
    lock = state.kitlock(device)
    if not lock.charge.left(turn.now):
        raise Impossible(f"the batteries of {device} are flat; replace them first (replace_batteries)")
    lock.set_clock(turn.now, -_microseconds(late))
    return {"clock": _shown(lock, turn.now)}


def clock(turn: Turn, state: State, device: str, *, offset: float = 3600, drift: float | None = None) -> dict[str, Any]:
    """Put the clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day."""
    lock = _running(turn, state, device)
    lock.clock.set(turn.now, _microseconds(offset), _drift(drift))
    return {"clock": _shown(lock, turn.now), "drift": lock.clock.error / SECOND}


def _running(turn: Turn, state: State, device: str) -> KitLock:
    lock = state.kitlock(device)
    if lock.shows(turn.now) is None:
        raise Impossible(f"the clock of {device} has stopped; set it by set_clock or initialise first")
    return lock


def _drift(seconds: float | None) -> int | None:
    if seconds is not None and not abs(seconds) <= MAX_DRIFT:
        raise WrongArguments(f"{seconds} seconds a day are too much; a clock drifts by at most {MAX_DRIFT} s a day")
    return None if seconds is None else micros(seconds)


def drift(turn: Turn, state: State, device: str, *, seconds: float = 60) -> dict[str, Any]:
    """Put the clock forward by so many seconds, or back if they are below zero."""
    lock = _running(turn, state, device)
    lock.set_clock(turn.now, lock.clock.error_at(turn.now) + _microseconds(seconds))
    return {"clock": _shown(lock, turn.now), "drift": lock.clock.error / SECOND}


def _shown(lock: KitLock, now: int) -> str | None:
    clock = lock.shows(now)
    return None if clock is None else iso(clock)


def _k3_shown(lock: K3Lock, now: int) -> str:
    return iso(local_time.local(lock.shows(now), lock.zone)).removesuffix("Z")


def _microseconds(seconds: float) -> int:
    if not abs(seconds) <= 10 * 365 * 86_400:
        raise WrongArguments(f"{seconds} seconds are more than ten years; a clock can be at most ten years off")
    return micros(seconds)


# ---- K3Connect locks


def unlock_by_phone(turn: Turn, state: State, device: str, *, phone: str | None = None) -> dict[str, Any]:
    """Try to open by Bluetooth with a phone. If the lock opens, it also syncs.

    `phone` is its owner's e-mail (without it: the phone of the lock's first client). `reason`: client, not_a_client,
    invited, suspended, used, outside_active_periods or batteries_flat.
    """
    lock = state.k3lock(device)
    if phone is None:
        if not lock.clients:
            raise Impossible(f"lock {device} has no client; name a phone, or invite a person first")
        phone = lock.clients[0].email
    opened, reason = clients.open_by_phone(turn, lock, _registered(state, phone))
    return {"opened": opened, "reason": reason}


def k3_enter_netcode(turn: Turn, state: State, device: str, *, code: str) -> dict[str, Any]:
    """Type a NetCode at the lock's keypad. `reason`: netcode, not_valid_now or batteries_flat."""
    opened, reason = clients.enter_code(turn, state.k3lock(device), code)
    return {"opened": opened, "reason": reason}


def sync(turn: Turn, state: State, device: str) -> dict[str, Any]:
    """Sync by Bluetooth: the lock reports its new events to the server, and its clock is set. `heard` is their number."""
    lock = _alive(turn, state, device)
    hardware.use(turn, lock, hardware.CONTACT)
    return {"heard": clients.sync(lock, turn.now)}


def _alive(turn: Turn, state: State, device: str) -> K3Lock:
    lock = state.k3lock(device)
    if not lock.charge.left(turn.now):
        raise Impossible(f"the batteries of {device} are flat, so it does not answer; replace them first")
    return lock


def gateway(turn: Turn, state: State, device: str, *, on: bool | None = None) -> dict[str, Any]:
    """Connect a Wi-Fi gateway, or disconnect it. Without `on`: change to the other of the two."""
    lock = state.k3lock(device)
    on = not lock.gateway if on is None else on
    clients.set_gateway(_alive(turn, state, device) if on else lock, turn.now, on=on)
    return {"gateway": lock.gateway}


def k3_replace_batteries(turn: Turn, state: State, device: str) -> dict[str, Any]:
    """Replace the batteries. The clock goes on from when the old ones went flat, until a phone or a gateway sets it."""
    lock = state.k3lock(device)
    hardware.put_batteries_in(turn, lock, FULL)
    return _k3_powered(turn, lock)


def k3_battery(turn: Turn, state: State, device: str, *, level: float = 0.1) -> dict[str, Any]:
    """Set the charge of the batteries, from 0 (flat) to 1. Below 0.2 the lock reports LOW at its next contact."""
    lock = state.k3lock(device)
    hardware.put_batteries_in(turn, lock, _charge(level))
    return _k3_powered(turn, lock)


def _k3_powered(turn: Turn, lock: K3Lock) -> dict[str, Any]:
    if lock.gateway and lock.charge.left(turn.now):
        clients.sync(lock, turn.now)
    return {"battery": lock.charge.left(turn.now) / FULL, "clock": _k3_shown(lock, turn.now)}


def k3_clock(
    turn: Turn, state: State, device: str, *, offset: float = 3600, drift: float | None = None
) -> dict[str, Any]:
    """Put the clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day, until a contact sets it."""
    lock = state.k3lock(device)
    if lock.gateway:
        raise Impossible(f"a gateway keeps the clock of {device} right; disconnect it first (gateway, on: false)")
    lock.clock.set(turn.now, _microseconds(offset), _drift(drift))
    return {"clock": _k3_shown(lock, turn.now), "drift": lock.clock.error / SECOND}


# ---- phones


def accept(_turn: Turn, state: State, device: str, *, lock: str | None = None) -> dict[str, Any]:
    """Accept an invitation to `lock` (without it: the first invitation)."""
    inviting = _inviting_lock(state, device, lock)
    clients.change_status(inviting, inviting.client(device), "accept")
    return {"lock": inviting.id, "status": "ACTIVE"}


def decline(_turn: Turn, state: State, device: str, *, lock: str | None = None) -> dict[str, Any]:
    """Decline an invitation to `lock` (without it: the first invitation)."""
    inviting = _inviting_lock(state, device, lock)
    clients.change_status(inviting, inviting.client(device), "decline")
    return {"lock": inviting.id, "status": "DECLINED"}


def _inviting_lock(state: State, email: str, id: str | None) -> K3Lock:
    for lock in state.k3locks:
        if id in (None, lock.id) and any(c.email == email and c.status == "INVITED" for c in lock.clients):
            return lock
    raise Impossible(f"{email} has no invitation{f' to {id}' if id else ''}; POST …/k3connect/{{id}}/client sends one")


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
        "battery": battery,
        "set_clock": set_clock,
        "clock": clock,
        "drift": drift,
    },
    "k3lock": {
        "unlock_by_phone": unlock_by_phone,
        "enter_netcode": k3_enter_netcode,
        "sync": sync,
        "gateway": gateway,
        "replace_batteries": k3_replace_batteries,
        "battery": k3_battery,
        "clock": k3_clock,
    },
    "phone": {"accept": accept, "decline": decline},
}
"""Device kind → action → its function."""


# ---- the vendor's staff and the account's owner


def plan(turn: Turn, state: State, *, plan: str | None = None) -> dict[str, Any]:
    """Change the subscription plan from now on (without `plan`: show the present one). Used calls stay used.

    `plan` may have the product's name in front: `Codelocks Connect API – Pro 1` is `Pro 1`.
    """
    if plan is not None:
        state.plan = _find_plan(plan)
    return _subscription(turn, state)


def _find_plan(text: str) -> Plan:
    for name in PLANS:
        if text.lower().endswith(name.lower()):
            return name
    raise WrongArguments(f"there is no plan {text[:60]!r}; there are {', '.join(PLANS)}")


def bolt_on(turn: Turn, state: State, *, netcode: int = 100, utility: int = 0) -> dict[str, Any]:
    """Add calls to the current month."""
    if netcode < 0 or utility < 0 or max(netcode, utility) > 10**9:
        raise WrongArguments("a bolt-on has 0 to 1,000,000,000 calls of each kind")
    state.usage = state.usage.at(turn.now)
    state.usage.more_netcode += netcode
    state.usage.more_utility += utility
    return _subscription(turn, state)


def _subscription(turn: Turn, state: State) -> dict[str, Any]:
    quotas: tuple[Quota, ...] = ("netcode", "utility")
    return {
        "plan": state.plan,
        **{quota: dict(zip(("used", "quota"), state.quota(turn.now, quota), strict=True)) for quota in quotas},
    }


def access_key(turn: Turn, state: State, *, key: str | None = None) -> dict[str, Any]:
    """Change the account's access key to `key` (without it: to a random one), as the account's owner does."""
    if key is None:
        new_access_key(turn, state)
    elif re.fullmatch("[0-9a-z]{10,64}", key):
        state.access_key = key
    else:
        raise WrongArguments("an access key has 10 to 64 characters of 0-9 and a-z")
    return {"access_key": state.access_key}


def api_key(turn: Turn, state: State) -> dict[str, Any]:
    """Suspend the API key and make another one, as Customer Support does."""
    new_api_key(turn, state)
    return {"api_key": state.api_key}


def register(_turn: Turn, state: State, *, email: str) -> dict[str, Any]:
    """Register a person with K3 Connect; the person then has a phone."""
    if not re.fullmatch(r"[!-?A-~]{1,64}@[0-9A-Za-z.-]{1,180}", email) or "/" in email:
        raise WrongArguments(f"{email[:60]!r} is not an e-mail address")
    if email.lower() in (known.lower() for known in state.registered):
        raise Impossible(f"{email} is registered already")
    state.registered.append(email)
    return {"registered": list(state.registered)}


def add_kitlock(
    turn: Turn, state: State, *, name: str = "New lock", model: str = KL1060, master: str = FACTORY_MASTER
) -> dict[str, Any]:
    """Add a KitLock with full batteries and a clock that is right. It is not initialised yet."""
    models = [one for one in MODELS if one != K3CONNECT]
    if model not in models:
        raise WrongArguments(f"there is no KitLock model {model[:40]!r}; there are {', '.join(models)}")
    if not re.fullmatch("[0-9]{8}", master):
        raise WrongArguments("a master code has eight digits")
    if len(state.kitlocks) >= MAX_ADDED:
        raise Impossible(f"a world has at most {MAX_ADDED} KitLocks")
    lock = KitLock(f"kitlock-{1 + len(state.kitlocks)}", name[:MAX_NAME], model, master, clock_set=True)
    lock.clock.set(turn.now, 0, turn.drift_of(lock.id))
    lock.charge.fill(turn.now)
    lock.charge.set_rate(turn.now, turn.drained(hardware.PER_DAY))
    state.kitlocks.append(lock)
    return {"device": lock.id, "name": lock.name}


SUPPORT: dict[str, Support] = {
    "plan": plan,
    "bolt_on": bolt_on,
    "access_key": access_key,
    "api_key": api_key,
    "register": register,
    "add_kitlock": add_kitlock,
}
"""Support action → its function."""
