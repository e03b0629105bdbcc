"""What a lock does with commands, offline keys and quick clicks, and what it remembers.

1. A lock listens while it is awake. Each wake starts a session. Commands are sealed for one session.
2. A lock takes an order as a whole and once, and only if it is newer than all orders that it took. Then it acts.
3. Set-up (chapter *Lock Setup/Sync*): an order sealed with the base key brings new keys, which are valid at once. The
   lock keeps the old keys until the server uses the new ones: if the confirmation was lost, the server uses the old ones
   again. A second set-up order within 60 s, before the server has the confirmation, leaves the lock stuck. A real lock
   cannot know what the server has; the simulator looks it up.
4. An offline key, or a fob's, opens the lock if its place holds its present value. A quick click opens it while uses are
   left.
"""

from __future__ import annotations

from typing import NamedTuple

from locksim.engine.turn import Turn
from locksim.noke.battery import A_WAKE, AN_OPENING
from locksim.noke.crypto import DEFAULT_KEY, Kind, Result, Tampered, app_packet, derive, seal, unseal
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
    later,
)
from locksim.noke.sync import unlock_command

__all__ = [
    "Outcome",
    "deliver",
    "done",
    "engage",
    "open_by_code",
    "open_offline",
    "quick_click",
    "session",
    "wake",
]


_BAD_KEY, _BAD_COMMAND = app_packet(Result.INVALID_KEY), app_packet(Result.INVALID_COMMAND)


class Outcome(NamedTuple):
    """What a lock or fob did. `reason` says why it refused, for the tester: a phone sees no reason."""

    unlocked: bool
    responses: list[str]
    """The packets for the server."""
    reason: str = ""
    notifications: tuple[str, ...] = ()
    """All packets that the device sends to the phone: responses, and packets for the phone's app."""

    @property
    def shown(self) -> dict[str, bool | list[str] | str]:
        """The outcome as the control API answers it."""
        return self._asdict() | {"notifications": list(self.notifications)}


def wake(turn: Turn, lock: LockBody) -> str:
    """Touch the button. Return the new session; "" when the lock cannot wake."""
    lock.settle(turn.now)
    if not lock.flat(turn.now):
        lock.battery.use(turn, A_WAKE)
    if lock.flat(turn.now) or lock.updating(turn.now):
        return ""
    lock.wakes += 1
    lock.note("button_touched")
    lock.session = session(turn.state.secret, lock.mac, lock.wakes, lock.battery.shows(turn.now))
    _stay_awake(turn, lock)
    return lock.session


def _stay_awake(turn: Turn, lock: LockBody) -> None:
    lock.awake_until = later(lock.clock, turn.now, AWAKE)


def session(secret: str, mac: str, number: int, battery: int) -> str:
    """Return a session: 40 hex digits. Bytes 2 and 3 are the battery in millivolts (mobile library, NokeDevice)."""
    return "0000" + battery.to_bytes(2, "little").hex() + derive(secret, mac, "session", number)


# ---- online


def deliver(turn: Turn, lock: LockBody, record: LockRecord, commands: str) -> Outcome:
    """Bring commands. The lock takes all of them, or stays as it was."""
    lock.settle(turn.now)
    if not lock.awake(turn.now):
        return _refused("it sleeps, or is in update mode: wake it, and ask for commands with the new session")
    if lock.stuck:
        return _refused("it is stuck since its set-up: the vendor's support must reset it on the server", _BAD_KEY)
    packets = commands.split("+")
    try:
        order, repeated = _read(lock, packets)
    except Tampered as wrong:
        reason = f"{wrong}; ask for commands with the session just read, and bring all of them unchanged"
        return _refused(reason, _BAD_KEY)
    if order.number <= lock.last_order:
        return _refused("it has taken these commands, or newer ones; ask for new commands", _BAD_COMMAND)
    if repeated and record.keys == lock.keys:
        return _refused("its set-up is confirmed, and these commands are older; ask for new commands", _BAD_KEY)
    if repeated and _in_the_race(lock, turn.now) and lock.keys.base != DEFAULT_KEY:
        lock.stuck = True
        reason = "a second unlock during set-up, before the first was confirmed: it is stuck from now on"
        return _refused(reason, _BAD_KEY)
    _take(turn, lock, order)
    unlocked = _do(turn, lock, order)
    return done(report(lock, turn.now, order.number), len(packets), unlocked=unlocked)


def done(responses: list[str], commands: int, *, unlocked: bool) -> Outcome:
    """Return the outcome of so many command packets that were taken.

    The mobile library sends packets one by one. It waits for a success after each, and uploads after the last.
    """
    success = app_packet(Result.SUCCESS)
    return Outcome(unlocked, responses, notifications=(*[success] * (commands - 1), *responses, success))


def _read(lock: LockBody, packets: list[str]) -> tuple[Order, bool]:
    """Return the order, and whether it is a set-up order sealed with the lock's previous keys. Raises Tampered."""
    kind = Kind.SETUP if packets[0][2:4] == f"{Kind.SETUP:02x}" else Kind.TO_LOCK
    if kind is Kind.TO_LOCK:
        return decode(unseal(lock.keys.master, lock.session, kind, packets), Order), False
    try:
        return decode(unseal(lock.keys.base, lock.session, kind, packets), Order), False
    except Tampered:
        if lock.previous is None:
            raise
        return decode(unseal(lock.previous.base, lock.session, kind, packets), Order), True


def _in_the_race(lock: LockBody, now: int) -> bool:
    """Return whether a second set-up is still dangerous. It lasts no longer for a slow clock: whoever waits 60 s is safe."""
    return now < min(lock.taken_at + SETUP_RACE, later(lock.clock, lock.taken_at, SETUP_RACE))


def _take(turn: Turn, lock: LockBody, order: Order) -> None:
    """Keep the changes that the order brings."""
    lock.last_order = order.number
    _stay_awake(turn, lock)
    if order.keys is None:
        lock.previous = None
    elif order.keys != lock.keys:
        lock.previous, lock.keys, lock.taken_at = lock.keys, order.keys, turn.now
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
            # The same version comes again when its confirmation was lost: uses must not start anew.
            lock.clicks[code] = HeldClick(version, uses)
    lock.events = [event for event in lock.events if event.n > order.acknowledged]


def _do(turn: Turn, lock: LockBody, order: Order) -> bool:
    """Do what the order asks. Return whether it unlocked the lock."""
    match order.do:
        case "unlock" | "unshackle":
            lock.loosened = lock.loosened or order.do == "unshackle"
            _open(turn, lock, "setup_unlocked" if order.keys is not None else "unlocked", order=order.number)
            return True
        case "engage":
            engage(lock, turn.now)
        case "firmware":
            lock.update_until = later(lock.clock, turn.now, FIRMWARE_MODE)
    return False


def report(lock: LockBody, now: int, order: int = 0) -> list[str]:
    """Return the responses for the server: the order that was taken, and all events that it may not know."""
    message = Report(order, lock.battery.shows(now), lock.external_battery, lock.firmware, lock.events)
    return seal(lock.keys.limited, lock.session, Kind.FROM_LOCK, encode(message))


# ---- offline


def open_offline(turn: Turn, lock: LockBody, key: str, command: str) -> Outcome:
    """Bring an offline key and its unlock command, from a phone or a fob. The lock is awake.

    The caller's command is sealed with the caller's key, as the mobile library does it.
    """
    held = next((held for held in lock.holds if held.place == int(command[:8], 16)), None)
    if held is None or not _opens(lock, held, key, command):
        lock.note("failed_unlock")
        reason = "the lock does not have this key: it was revoked or reset, or no online unlock has brought it yet"
        return _refused(reason, _BAD_KEY)
    _stay_awake(turn, lock)
    _open(turn, lock, "unlocked", place=held.place, generation=held.generation)
    return done(report(lock, turn.now), 1, unlocked=True)


def _opens(lock: LockBody, held: Held, key: str, command: str) -> bool:
    """Return whether a command sealed with the caller's key is this lock's command when unsealed with the held key."""
    packets = seal(key, lock.session, Kind.OFFLINE, bytes.fromhex(command))
    try:
        received = unseal(held.key, lock.session, Kind.OFFLINE, packets).hex()
    except Tampered:
        return False
    return received == unlock_command(lock.mac, held.place, held.key)


def quick_click(turn: Turn, lock: LockBody, code: str) -> Outcome:
    """Enter a code by long and short presses. The lock sends no responses."""
    held = lock.clicks.get(code)
    if held is None or not held.uses:
        lock.note("failed_unlock")
        return _refused("it does not know this code, or the code is used up")
    if held.uses != UNLIMITED:
        held.uses -= 1
    _open(turn, lock, "unlocked_via_quick_click", code=code, version=held.version, left=held.uses)
    return Outcome(True, [])


def open_by_code(turn: Turn, lock: LockBody) -> None:
    """Open by an access code at the keypad. Another product has issued the code."""
    _open(turn, lock, "unlock_via_access_code")


def _open(turn: Turn, lock: LockBody, action: str, **about: int | str) -> None:
    lock.open, lock.open_until = True, later(lock.clock, turn.now, RELOCK)
    lock.battery.use(turn, AN_OPENING)
    lock.note(action, **about)


def engage(lock: LockBody, now: int) -> None:
    """Engage the lock. A pulled shackle must be pushed in first. A flat lock does nothing."""
    if lock.open and not lock.flat(now) and lock.shackle == "in":
        lock.open = lock.loosened = False
        lock.note("locked")


def _refused(reason: str, *notifications: str) -> Outcome:
    return Outcome(False, [], reason, notifications)
