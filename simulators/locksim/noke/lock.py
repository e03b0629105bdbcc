"""A lock's own mind: what it hears, what it takes, what it refuses, and what it remembers.

1. It listens while it is awake. Each wake is a session; commands are sealed for one session, and are nothing in another.
2. An order is taken whole, once, and only if it is newer than all that were taken. Then it does what it was told.
3. Set-up (chapter *Lock Setup/Sync*): an order sealed with the base key brings new keys, which hold at once. Until the
   server speaks with them the old ones are kept: if the confirmation was lost, the server will try again with the old.
   A second such order before the confirmation has come through, and within 60 s, leaves the lock stuck. (Whether it has
   come through, no lock can know: it is looked up at the server. Why it gets stuck the vendor has not found out either.)
4. An offline key opens what its place holds *now*, and so does a fob's; a quick click opens while it has uses left.
"""

from __future__ import annotations

from typing import NamedTuple

from locksim.noke.crypto import DEFAULT_KEY, Kind, Tampered, derive, seal, unseal
from locksim.noke.messages import Order, Report, decode, encode
from locksim.noke.state import (
    AWAKE,
    FIRMWARE_MODE,
    RELOCK,
    SETUP_RACE,
    UNLIMITED,
    Held,
    HeldClick,
    LockBody,
    LockRecord,
)
from locksim.noke.sync import unlock_command

__all__ = [
    "Took",
    "deliver",
    "engage",
    "open_by_code",
    "open_offline",
    "quick_click",
    "session",
    "settle",
    "sleep",
    "wake",
]


class Took(NamedTuple):
    """What a lock did with what it was given. `reason` tells a tester why it refused; a phone is told nothing."""

    unlocked: bool
    responses: list[str]
    reason: str = ""

    @property
    def shown(self) -> dict[str, bool | list[str] | str]:
        """As the control door has it."""
        return self._asdict()


def settle(lock: LockBody, now: int) -> None:
    """What has happened by itself since somebody last touched it: it has engaged, and gone to sleep."""
    if lock.open and not lock.unlocked(now):
        lock.open = lock.loosened = False
        lock.note("locked")
    if lock.session and not lock.awake(now):
        sleep(lock)


def sleep(lock: LockBody) -> None:
    """It stops listening, and its session is over."""
    if lock.session:
        lock.session = ""
        lock.note("wake_stats")


def wake(lock: LockBody, secret: str, now: int) -> str:
    """Somebody touches its button: → the session, "" when it cannot listen."""
    settle(lock, now)
    if lock.flat or lock.updating(now):
        return ""
    lock.wakes += 1
    lock.note("button_touched")
    lock.session = session(secret, lock.mac, lock.wakes, lock.internal_battery)
    lock.awake_until = now + AWAKE
    return lock.session


def session(secret: str, mac: str, number: int, battery: int) -> str:
    """40 hex digits; bytes 2 and 3 are the battery's millivolts (vendor-facts: NokeDevice.setSession)."""
    return "0000" + battery.to_bytes(2, "little").hex() + derive(secret, mac, "session", number)


# ---- online


def deliver(lock: LockBody, record: LockRecord, commands: str, now: int) -> Took:
    """A phone brings commands. They are taken whole, or the lock is as it was."""
    settle(lock, now)
    if not lock.awake(now):
        return _refused("it sleeps, or is in update mode: wake it, and ask for commands with the new session")
    if lock.stuck:
        return _refused("it is stuck since its set-up: the vendor's support must reset it on the server")
    try:
        order, again = _read(lock, commands.split("+"))
    except Tampered as wrong:
        return _refused(f"{wrong}; ask for commands with the session just read, and bring them whole and unchanged")
    if order.number <= lock.last_order:
        return _refused("it has taken these commands, or newer ones; ask for new commands")
    if again and record.keys == lock.keys:
        return _refused("its set-up was confirmed meanwhile, and these commands are from before; ask for new commands")
    if again and now - lock.taken_at < SETUP_RACE and lock.keys.base != DEFAULT_KEY:
        lock.stuck = True
        return _refused("a second unlock in its set-up, before the first was confirmed: it is stuck from now on")
    _take(lock, order, now)
    return Took(_do(lock, order, now), report(lock, order.number))


def _read(lock: LockBody, packets: list[str]) -> tuple[Order, bool]:
    """The order, and whether it is a set-up with the keys from before the present ones. Raises Tampered."""
    kind = Kind.SETUP if packets[0][2:4] == f"{Kind.SETUP:02x}" else Kind.TO_LOCK
    if kind is Kind.TO_LOCK:
        return decode(unseal(lock.keys.master, lock.session, kind, packets), Order), False
    try:
        return decode(unseal(lock.keys.base, lock.session, kind, packets), Order), False
    except Tampered:
        if lock.previous is None:
            raise
        return decode(unseal(lock.previous.base, lock.session, kind, packets), Order), True


def _take(lock: LockBody, order: Order, now: int) -> None:
    """Keep what the order brings."""
    lock.last_order, lock.awake_until = order.number, now + AWAKE
    if order.keys is None:
        lock.previous = None
    elif order.keys != lock.keys:
        lock.previous, lock.keys, lock.taken_at = lock.keys, order.keys, now
    if order.explicit_lock is not None:
        lock.explicit_lock = order.explicit_lock
    given = {place for place, _, _ in order.places}
    lock.holds = [held for held in lock.holds if held.place not in given] + [
        Held(place, generation, key) for place, generation, key in order.places if key is not None
    ]
    for code, version, uses in order.clicks:
        if uses is None:
            lock.clicks.pop(code, None)
        elif code not in lock.clicks or lock.clicks[code].version != version:
            # Brought again, since its confirmation was lost: what was used stays used.
            lock.clicks[code] = HeldClick(version, uses)
    lock.events = [event for event in lock.events if event.n > order.heard]


def _do(lock: LockBody, order: Order, now: int) -> bool:
    """→ whether it was unlocked."""
    match order.do:
        case "unlock" | "unshackle":
            lock.loosened = lock.loosened or order.do == "unshackle"
            _open(lock, now, "setup_unlocked" if order.keys is not None else "unlocked", order=order.number)
            return True
        case "engage":
            engage(lock)
        case "firmware":
            lock.update_until = now + FIRMWARE_MODE
    return False


def report(lock: LockBody, order: int = 0) -> list[str]:
    """The responses for the server: what was taken, and all that it may not have heard."""
    told = Report(order, lock.internal_battery, lock.external_battery, lock.firmware, lock.events)
    return seal(lock.keys.limited, lock.session, Kind.FROM_LOCK, encode(told))


# ---- offline


def open_offline(lock: LockBody, key: str, command: str, now: int) -> Took:
    """A phone without network, or a fob, brings what /keys/ or /fobs/issue/ gave it; the lock is awake.

    The caller seals the command with its key, as the mobile library does; the lock knows its own places alone.
    """
    held = next((held for held in lock.holds if held.place == int(command[:8], 16)), None)
    if held is None or not _opens(lock, held, key, command):
        lock.note("failed_unlock")
        return _refused("its place holds no such key: it was revoked or reset, or never brought by an online unlock")
    lock.awake_until = now + AWAKE
    _open(lock, now, "unlocked", place=held.place, generation=held.generation)
    return Took(True, report(lock))


def _opens(lock: LockBody, held: Held, key: str, command: str) -> bool:
    """Whether what was sealed with a phone's key is, with the key in the place, this lock's command."""
    packets = seal(key, lock.session, Kind.OFFLINE, bytes.fromhex(command))
    try:
        brought = unseal(held.key, lock.session, Kind.OFFLINE, packets).hex()
    except Tampered:
        return False
    return brought == unlock_command(lock.mac, held.place, held.key)


def quick_click(lock: LockBody, code: str, now: int) -> Took:
    """Somebody enters a code by long and short presses. There is no answer but the bolt's."""
    held = lock.clicks.get(code)
    if held is None or not held.uses:
        lock.note("failed_unlock")
        return _refused("it does not know this code, or the code is used up")
    if held.uses != UNLIMITED:
        held.uses -= 1
    _open(lock, now, "unlocked_via_quick_click", code=code, version=held.version, left=held.uses)
    return Took(True, [])


def open_by_code(lock: LockBody, now: int) -> None:
    """Somebody enters an access code at its keypad, which another product has issued."""
    _open(lock, now, "unlock_via_access_code")


def _open(lock: LockBody, now: int, action: str, **about: int | str) -> None:
    lock.open, lock.open_until = True, now + RELOCK
    lock.note(action, **about)


def engage(lock: LockBody) -> None:
    """The bolt goes home. A shackle that is pulled must be pushed in first."""
    if lock.open and lock.shackle == "in":
        lock.open = lock.loosened = False
        lock.note("locked")


def _refused(reason: str) -> Took:
    return Took(False, [], reason)
