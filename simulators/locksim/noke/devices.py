"""Device actions: what people do with buttons, shackles, batteries, fobs and phones. And what the vendor's staff does.

When a device refuses, the answer says so, with a `reason` for the tester (`unlocked: false`). What cannot be done at all
(pulling a shackle that does not exist) raises Impossible and changes nothing.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from locksim.engine import lookup
from locksim.engine.errors import Impossible, Unknown, WrongArguments
from locksim.engine.physics import MAX_DRIFT
from locksim.engine.timestamps import SECOND, micros
from locksim.engine.turn import Turn
from locksim.engine.vendor import MAX_ADDED, MAX_NAME, Action, Device, Support
from locksim.noke import fob as fobs
from locksim.noke import lock as locks
from locksim.noke import offline_keys, seed
from locksim.noke.products import at_least
from locksim.noke.state import PRODUCTION, SANDBOX, FobBody, LockBody, LockRecord, State

__all__ = ["ACTIONS", "SUPPORT", "device", "devices", "on_physics"]

_HEX = re.compile("[0-9A-Fa-f]+")
_PRESSES = re.compile("[01]{1,64}")
_VERSION = re.compile("[0-9]{1,4}([.][0-9]{1,4}){0,3}")
_Noticed = Literal["alarm_triggered", "proximity_stats", "unlock_via_access_code", "unknown"]


def devices(turn: Turn, state: State) -> list[Device]:
    """Return every lock, then every fob. A device's id is its MAC."""
    found = []
    for base in state.databases:
        found += [_lock(turn, base.name, lock, state.body(lock.mac)) for lock in base.locks]
    for base in state.databases:
        found += [_fob(turn, base.name, state.fob(fob.mac)) for fob in base.fobs]
    return found


def device(turn: Turn, state: State, id: str) -> Device | None:
    """Return the lock or the fob with this MAC."""
    lists = [(base.name, things) for base in state.databases for things in (base.locks, base.fobs)]
    found = lookup.locate([things for _, things in lists], "mac", id)
    if found is None:
        return None
    (server, _), record = lists[found[0]], found[1]
    return (
        _lock(turn, server, record, state.body(id))
        if isinstance(record, LockRecord)
        else _fob(turn, server, state.fob(id))
    )


def _lock(turn: Turn, server: str, record: LockRecord, lock: LockBody) -> Device:
    shown = {
        "server": server,
        "hw_version": record.hw_version,
        "serial": record.serial,
        "firmware": lock.firmware,
        "awake": lock.awake(turn.now),
        "unlocked": lock.unlocked(turn.now),
        "shackle": lock.shackle if record.family.shackle else None,
        "internal_battery": lock.battery.shows(turn.now),
        "external_battery": lock.external_battery,
        "led": "blue" if lock.updating(turn.now) else "off",
        "explicit_lock": lock.explicit_lock,
        "stuck": lock.stuck,
        "keys": len(lock.holds),
        "quick_clicks": {code: held.uses for code, held in lock.clicks.items()},
        "happened": lock.happened,
        "clock_drift": lock.clock.drift / SECOND,
    }
    return Device(lock.mac, "lock", shown, tuple(ACTIONS["lock"]))


def _fob(turn: Turn, server: str, fob: FobBody) -> Device:
    shown = {
        "server": server,
        "awake": fob.awake(turn.now),
        "battery": fob.battery.shows(turn.now),
        "clock_drift": fob.clock.drift / SECOND,
        "locks": [mac for mac, _, _ in fob.holds],
    }
    return Device(fob.mac, "fob", shown, tuple(ACTIONS["fob"]))


def set_clock(turn: Turn, state: State, device: str, *, drift: float = 60) -> dict[str, Any]:
    """Let the clock of a lock or fob gain `drift` seconds a day; negative: lose.

    It has no date to set: it counts how long the device stays awake, unlocked and in update mode.
    """
    if not abs(drift) <= MAX_DRIFT:
        raise WrongArguments(f"invalid drift {drift}; give at most {MAX_DRIFT} s a day, ahead or back (negative)")
    clock = next(one for one in state.devices() if one.mac == device).clock
    clock.set(turn.now, drift=micros(drift))
    return {"clock_drift": clock.drift / SECOND}


def on_physics(turn: Turn, state: State) -> None:
    """Give every clock and battery the drift and the drain of the world's physics."""
    for device in state.devices():
        device.clock.set(turn.now, drift=turn.drift_of(device.mac))
        device.battery.scale(turn)


# ---- a lock


def wake(turn: Turn, state: State, device: str) -> dict[str, Any]:
    """Touch the lock's button: it wakes, in a new session. The session is "" when it is flat or in update mode."""
    return {"session": locks.wake(turn, state.body(device))}


def deliver(turn: Turn, state: State, device: str, *, commands: str) -> dict[str, Any]:
    """Bring the lock commands of /unlock/, /unshackle/, /engagelock/ or /fwupdate/.

    Returns:
        unlocked, the responses to upload, the reason of a refusal, and notifications: all packets that the lock sends
        to the phone, as the mobile library gets them.
    """
    record = state.home(device)[1]
    return locks.deliver(turn, state.body(device), record, commands).shown


def offline_unlock(turn: Turn, state: State, device: str, *, offline_key: str, unlock_command: str) -> dict[str, Any]:
    """Unlock with an offline key, from a phone without network. It wakes the lock if it sleeps.

    Returns:
        unlocked, the responses to upload, the reason of a refusal, the notifications (see deliver), and the session of
        all these.
    """
    lock = state.body(device)
    lock.settle(turn.now)
    if not lock.session and not locks.wake(turn, lock):
        return _asleep() | {"session": ""}
    if not (len(offline_key) == 32 and len(unlock_command) == 40 and _HEX.fullmatch(offline_key + unlock_command)):
        lock.note("failed_unlock")
        reason = "an offline key has 32 hex digits, and an unlock command 40; use both as /keys/ answers them"
        return locks.Outcome(False, [], reason).shown | {"session": lock.session}
    outcome = locks.open_offline(turn, lock, offline_key.lower(), unlock_command.lower())
    return outcome.shown | {"session": lock.session}


def quick_click(turn: Turn, state: State, device: str, *, code: str) -> dict[str, Any]:
    """Enter a code by short (0) and long (1) presses."""
    if not state.home(device)[1].family.clicks:
        raise Impossible(f"lock {device} has no button to enter a quick click")
    if not _PRESSES.fullmatch(code):
        raise WrongArguments("code must be presses: 0 for a short one, 1 for a long one")
    lock = state.body(device)
    if not locks.wake(turn, lock):
        return _asleep()
    outcome = locks.quick_click(turn, lock, code)
    return {"unlocked": outcome.unlocked, "reason": outcome.reason}


def shackle(
    turn: Turn, state: State, device: str, *, to: Literal["in", "pulled", "out"] | None = None
) -> dict[str, Any]:
    """Pull the shackle, or push it in. Without `to`: whichever it is not.

    Pushing it in engages the lock, unless explicit-lock is set. The shackle can be pulled while the lock is unlocked. It
    comes `out` only after an /unshackle/.
    """
    lock, record = state.body(device), state.home(device)[1]
    if not record.family.shackle:
        raise Impossible(f"lock {device} ({record.family.name}) has no shackle")
    lock.settle(turn.now)
    wanted = to or ("pulled" if lock.shackle == "in" else "in")
    if wanted == "in":
        pushed, lock.shackle = lock.shackle != "in", "in"
        if pushed and not lock.explicit_lock:
            locks.engage(lock, turn.now)
    elif lock.open and (wanted == "pulled" or lock.loosened):
        lock.shackle = wanted
    return {"shackle": lock.shackle, "unlocked": lock.unlocked(turn.now)}


def sleep(turn: Turn, state: State, device: str) -> dict[str, Any]:
    """Let the lock fall asleep, which ends its session."""
    lock = state.body(device)
    lock.settle(turn.now)
    lock.sleep()
    return {"awake": False}


def battery(
    turn: Turn,
    state: State,
    device: str,
    *,
    millivolts: int | None = None,
    external: int | None = None,
    replaced: bool = False,
) -> dict[str, Any]:
    """Set the voltage of the internal battery (by default 2850 mV, the lowest level) and of the external one.

    `replaced` is a new internal battery (by default 3000 mV): the lock starts up. A padlock's battery can be replaced only
    while its shackle is out. A lock does nothing while both batteries are below 2000 mV.
    """
    lock, record = state.body(device), state.home(device)[1]
    if replaced and record.family.shackle and lock.shackle != "out":
        raise Impossible(
            f"the battery of padlock {device} can be replaced only while its shackle is out: bring it commands of "
            "/unshackle/, then take the shackle out"
        )
    _check_millivolts(millivolts)
    _check_millivolts(external)
    if millivolts is None and (replaced or external is None):
        millivolts = 3000 if replaced else 2850
    lock.settle(turn.now)
    if millivolts is not None:
        lock.battery.set(turn, millivolts)
    lock.external_battery = lock.external_battery if external is None else external
    if replaced and not lock.flat(turn.now):
        lock.start_up()
    lock.settle(turn.now)
    return {"internal_battery": lock.battery.shows(turn.now), "external_battery": lock.external_battery}


def reset_keys(_turn: Turn, state: State, device: str) -> dict[str, Any]:
    """Reset the lock's keys on the server, with offline and fob keys. The lock gets new keys at its next online unlock."""
    base, record = state.home(device)
    offline_keys.reset(base, record, state.body(device).keys)
    return {"status": "setup", "keys": sum(place.valid for place in record.places)}


def notice(turn: Turn, state: State, device: str, *, what: _Noticed = "alarm_triggered") -> dict[str, Any]:
    """Let the lock notice something that no other action causes. An access code opens the lock."""
    lock = state.body(device)
    if what == "unlock_via_access_code" and not state.home(device)[1].family.codes:
        raise Impossible(f"lock {device} has no keypad to enter an access code at")
    lock.settle(turn.now)
    if lock.flat(turn.now):
        raise Impossible(f"lock {device} is flat and notices nothing")
    if what == "unlock_via_access_code":
        locks.open_by_code(turn, lock)
    else:
        lock.note(what)
    return {"happened": lock.happened}


def load_firmware(turn: Turn, state: State, device: str, *, version: str = "4.31") -> dict[str, Any]:
    """Load a firmware file onto a lock in update mode."""
    lock = state.body(device)
    _version(version)
    if not lock.updating(turn.now):
        return {
            "updated": False,
            "firmware": lock.firmware,
            "reason": "it is not in update mode: bring it commands of /fwupdate/ first",
        }
    lock.firmware = version
    lock.start_up()
    return {"updated": True, "firmware": version, "reason": ""}


def _asleep() -> dict[str, Any]:
    return locks.Outcome(False, [], "it does not wake: its battery is flat, or it is in update mode").shown


def _check_millivolts(millivolts: int | None) -> None:
    if millivolts is not None and not 0 <= millivolts <= 65_535:
        raise WrongArguments("a battery must have 0 to 65535 millivolts")


def _version(version: str) -> None:
    if not _VERSION.fullmatch(version):
        raise WrongArguments('version must be numbers with dots, such as "4.25"')


# ---- a fob


def squeeze(turn: Turn, state: State, device: str) -> dict[str, Any]:
    """Squeeze the fob: it wakes, in a new session. The session is "" when it is flat."""
    return {"session": fobs.squeeze(turn, state.fob(device))}


def deliver_to_fob(turn: Turn, state: State, device: str, *, commands: str) -> dict[str, Any]:
    """Bring the fob commands of /fobs/sync/.

    Returns:
        The responses to upload, which are empty when the fob refused, the reason of a refusal, and the notifications
        (see the lock's deliver).
    """
    outcome = fobs.deliver(state.fob(device), commands, turn.now)
    return {"responses": outcome.responses, "reason": outcome.reason, "notifications": list(outcome.notifications)}


def fob_battery(turn: Turn, state: State, device: str, *, millivolts: int = 3000) -> dict[str, Any]:
    """Put a battery of this voltage into the fob. Below 2000 mV the fob does nothing."""
    _check_millivolts(millivolts)
    fob = state.fob(device)
    fob.battery.set(turn, millivolts)
    if fob.flat(turn.now):
        fob.session = ""
    return {"battery": millivolts}


def touch(turn: Turn, state: State, device: str, *, lock: str) -> dict[str, Any]:
    """Touch the lock's button and squeeze the fob near it."""
    body = next((one for one in state.locks if one.mac == lock.upper()), None)
    if body is None:
        raise Unknown(f"there is no lock {lock[:40]!r}; there are {', '.join(one.mac for one in state.locks)}")
    fob = state.fob(device)
    if not fobs.squeeze(turn, fob):
        return {"unlocked": False, "reason": "the fob's battery is flat"}
    if not locks.wake(turn, body):
        return {"unlocked": False, "reason": _asleep()["reason"]}
    outcome = fobs.touch(turn, fob, body)
    return {"unlocked": outcome.unlocked, "reason": outcome.reason}


ACTIONS: dict[str, dict[str, Action]] = {
    "lock": {
        "wake": wake,
        "deliver": deliver,
        "offline_unlock": offline_unlock,
        "quick_click": quick_click,
        "shackle": shackle,
        "sleep": sleep,
        "battery": battery,
        "reset_keys": reset_keys,
        "notice": notice,
        "load_firmware": load_firmware,
        "clock": set_clock,
    },
    "fob": {
        "squeeze": squeeze,
        "deliver": deliver_to_fob,
        "touch": touch,
        "battery": fob_battery,
        "clock": set_clock,
    },
}
"""Kind of device → name of the action → function."""


# ---- support: the vendor's staff


def reset_lock(_turn: Turn, state: State, *, lock: str | None = None) -> dict[str, Any]:
    """Reset a lock on the server; without `lock` all stuck locks. It is no longer stuck, and must be set up again."""
    chosen = [one.mac for one in state.locks if one.stuck] if lock is None else [_named(state, lock)]
    if not chosen:
        raise Impossible("no lock is stuck; name the lock to reset")
    for mac in chosen:
        base, record = state.home(mac)
        body = state.body(mac)
        offline_keys.reset(base, record, body.keys)
        body.stuck = False
    return {"locks": chosen}


def move_lock(
    _turn: Turn, state: State, *, lock: str, to: Literal["sandbox", "production"] | None = None
) -> dict[str, Any]:
    """Move a lock to the other database, with its keys. It must be set up there. What was issued for it is revoked."""
    mac = _named(state, lock)
    base, record = state.home(mac)
    target = to or (PRODUCTION if base.name == SANDBOX else SANDBOX)
    if target == base.name:
        raise Impossible(f"lock {mac} is already on {target}")
    offline_keys.move(base, state.database(target), record, state.body(mac).keys)
    return {"lock": mac, "server": target}


def firmware(turn: Turn, state: State, *, lock: str, version: str = "4.31") -> dict[str, Any]:
    """Return a lock with this firmware, without a setting that the firmware does not support."""
    _version(version)
    mac = _named(state, lock)
    body, record = state.body(mac), state.home(mac)[1]
    body.settle(turn.now)
    body.firmware = record.fw_version = version
    body.start_up()
    if not (record.family.engages and at_least(version, "4.25")):
        body.explicit_lock = record.explicit_lock = record.settings_pending = False
    return {"lock": mac, "firmware": version}


def add_lock(
    turn: Turn, state: State, *, name: str = "Sam Tester", server: Literal["sandbox", "production"] = "sandbox"
) -> dict[str, Any]:
    """Add a padlock that is set up, on a server. `name` is who registered it: a lock has no name there."""
    if len(state.locks) >= MAX_ADDED:
        raise Impossible(f"a world has at most {MAX_ADDED} locks of this vendor")
    base = next(one for one in state.databases if one.name == server)
    record = seed.another_lock(turn, state, base, name[:MAX_NAME])
    return {"device": record.mac, "serial": record.serial}


def pre_release(_turn: Turn, state: State, *, on: bool = True) -> dict[str, Any]:
    """Let the pre-release servers run the changed behaviour: 1.0.0 is their default API version."""
    state.changed = on
    return {"pre_release": state.changed}


def _named(state: State, mac: str) -> str:
    wanted = mac.upper()
    if all(lock.mac != wanted for lock in state.locks):
        raise Unknown(f"there is no lock {mac[:40]!r}; there are {', '.join(lock.mac for lock in state.locks)}")
    return wanted


SUPPORT: dict[str, Support] = {
    "reset_lock": reset_lock,
    "move_lock": move_lock,
    "firmware": firmware,
    "add_lock": add_lock,
    "pre_release": pre_release,
}
"""Name of the action → function."""
