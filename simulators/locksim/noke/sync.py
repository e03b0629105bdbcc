"""Make the server's commands for locks and fobs, and read their responses. A phone carries both.

    /unlock/ … ──► command_lock ──(phone)──► the lock does it ──(phone)──► /upload/ ──► receive

1. An order carries all changes that are not synced. The server remembers it with a token of each change. When a report
   confirms the order, a change counts as synced only if its token still fits, that is, if it was not changed again.
2. A lock that is not set up gets orders sealed with its base key. They offer it new keys: the same keys until a report
   confirms them. Then they are the lock's keys. On sandbox all keys are the default ones (chapter *Integration*).
3. Reports may come late, twice or never, in any order. Each fact is learnt once: confirmations are matched by token, and
   the lock numbers its events.
4. The time of an online unlock is known: it is the time at which the server made its command. Of other events only a
   range is known: after the last online unlock before them, and before a phone received the report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from locksim.engine.turn import Turn
from locksim.noke.crypto import DEFAULT_KEY, Kind, Tampered, derive, seal, split_messages, unseal
from locksim.noke.errors import Unreadable
from locksim.noke.messages import Do, Event, FobOrder, FobReport, Keys, Order, Report, decode, encode
from locksim.noke.state import SANDBOX, Activity, Database, FobRecord, FobSent, LockRecord, Place, Sent, State

__all__ = [
    "Log",
    "command_fob",
    "command_lock",
    "credentials_of",
    "keys_of",
    "offline_key",
    "receive",
    "replace_keys",
    "unlock_command",
]

_OLD_KEYS_MAX = 4


class Log(NamedTuple):
    """One item of an upload: the responses of a device in a session."""

    mac: str
    session: str
    received: int
    """When the phone got them, in microseconds."""
    responses: list[str]


# ---- keys


def keys_of(state: State, base: Database, mac: str, setup: int) -> Keys:
    """Return the keys of a lock's `setup`th set-up; 0: the factory's."""
    if base.name == SANDBOX or not setup:
        return Keys(DEFAULT_KEY, DEFAULT_KEY, DEFAULT_KEY)
    return Keys(*(derive(state.secret, mac, name, setup) for name in ("base", "master", "limited")))


def offline_key(state: State, lock: LockRecord, place: Place) -> str:
    """Return the offline key in a place: 32 hex digits. It is a real one on sandbox, too."""
    return derive(state.secret, lock.mac, "place", place.number, place.generation)


def unlock_command(mac: str, place: int, key: str) -> str:
    """Return 40 hex digits: the place, and the proof that the command was made for this lock with this key."""
    return place.to_bytes(4, "big").hex() + derive(key, mac, "unlock", place)


def credentials_of(state: State, lock: LockRecord, place: Place) -> tuple[str, str]:
    """Return the offline key and the unlock command for the holder of a place."""
    key = offline_key(state, lock, place)
    return key, unlock_command(lock.mac, place.number, key)


def battery_of(session: str) -> int:
    """Return the battery in millivolts, from bytes 2 and 3 of a session (noke-mobile-library-android, NokeDevice)."""
    return int.from_bytes(bytes.fromhex(session)[2:4], "little")


# ---- commands for a lock


def command_lock(turn: Turn, base: Database, lock: LockRecord, session: str, do: Do, tracking_key: str) -> str:
    """Return commands that let a lock do this in this session, and bring it all changes that are not synced."""
    state: State = turn.state
    lock.orders += 1
    lock.internal_battery = battery_of(session)
    sent = Sent(lock.orders, turn.now, tracking_key)
    order = Order(lock.orders, do, lock.last_event)
    if not lock.set_up:
        if lock.offered is None:
            lock.setups += 1
            lock.offered = keys_of(state, base, lock.mac, lock.setups)
        order.keys, sent.setup = lock.offered, lock.setups
    _add_changes(state, lock, order, sent)
    lock.remember(sent)
    kind, key = (Kind.TO_LOCK, lock.keys.master) if lock.set_up else (Kind.SETUP, lock.keys.base)
    return "+".join(seal(key, session, kind, encode(order)))


def _add_changes(state: State, lock: LockRecord, order: Order, sent: Sent) -> None:
    places = [place for place in lock.places if place.status in ("pending", "revoked")]
    order.places = [(p.number, p.generation, offline_key(state, lock, p) if p.valid else None) for p in places]
    sent.places = [(place.number, place.generation, place.status) for place in places]
    clicks = [click for click in lock.clicks if click.pending or click.revoked]
    order.clicks = [(click.code, click.version, None if click.revoked else click.uses) for click in clicks]
    sent.clicks = [(click.code, click.version, click.revoked) for click in clicks]
    if lock.settings_pending:
        order.explicit_lock, sent.settings = lock.explicit_lock, lock.settings


# ---- responses of a lock


def receive(turn: Turn, base: Database, log: Log) -> None:
    """Read the responses of a log. Raises UnknownLock, Unreadable; what could be read still counts."""
    fob = base.find_fob(log.mac)
    lock = None if fob is not None else base.lock(log.mac)
    unreadable = 0
    for packets in split_messages(log.responses):
        try:
            if fob is not None:
                _read_fob_report(fob, decode(unseal(fob.key, log.session, Kind.FROM_FOB, packets), FobReport))
            elif lock is not None:
                _read_report(turn, base, lock, log, decode(_open(lock, log.session, packets), Report))
        except Tampered:
            unreadable += 1
    if unreadable:
        raise Unreadable(f"{unreadable} of the responses of {log.mac[:40]!r} were not made by it in this session")


def _open(lock: LockRecord, session: str, packets: Sequence[str]) -> bytes:
    """Unseal a report with the offered key, the present one, or an old one. Raises Tampered."""
    for keys in (lock.offered, lock.keys, *reversed(lock.old)):
        if keys is not None:
            try:
                return unseal(keys.limited, session, Kind.FROM_LOCK, packets)
            except Tampered:
                continue
    raise Tampered("no key of the lock fits")


def _read_report(turn: Turn, base: Database, lock: LockRecord, log: Log, report: Report) -> None:
    lock.internal_battery, lock.external_battery = report.internal_battery, report.external_battery
    lock.fw_version = report.firmware
    sent = lock.order(report.order)
    if sent is not None:
        _confirm(lock, sent)
    new = [event for event in report.events if event.n > lock.last_event]
    base.note(_dated(lock, new, log.received, turn.now))
    for event in new:
        lock.last_event = event.n
        _update_uses(lock, event)
    known = [one.at for one in (sent, *(lock.order(event.order) for event in new)) if one is not None]
    lock.contact_at = max([lock.contact_at, *known])


def _confirm(lock: LockRecord, sent: Sent) -> None:
    """Mark the changes of an order that the lock has taken as synced."""
    if sent.setup and lock.offered is not None and sent.setup == lock.setups:
        replace_keys(lock, lock.offered)
        lock.offered, lock.set_up = None, True
        lock.setup_count += 1
    for number, generation, status in sent.places:
        place = lock.place(number)
        if (place.generation, place.status) == (generation, status):
            place.apply("confirm")
    for code, version, revoked in sent.clicks:
        click = lock.click(code)
        if click is not None and (click.version, click.revoked) == (version, revoked):
            click.pending = False
            if revoked:
                lock.clicks.remove(click)
    if sent.settings and sent.settings == lock.settings:
        lock.settings_pending = False


def replace_keys(lock: LockRecord, keys: Keys) -> None:
    """Let the lock have these keys from now on. The ones before are kept for late reports."""
    if keys != lock.keys:
        lock.old.append(lock.keys)
        del lock.old[:-_OLD_KEYS_MAX]
        lock.keys = keys


def _dated(lock: LockRecord, events: Sequence[Event], received: int, now: int) -> Iterator[Activity]:
    """Give each event its time or its range (rule 4 of the module)."""
    after = lock.contact_at
    for event in events:
        sent = lock.order(event.order) if event.order else None
        if sent is not None:
            start = end = after = max(after, sent.at)
        else:
            # A phone's clock may be wrong: its time counts only where it is possible.
            start, end = after, received if after <= received <= now else max(after, now)
        yield Activity(lock.mac, event.action, received, start, end, _tracking_key(lock, event, sent), event.n)


def _tracking_key(lock: LockRecord, event: Event, sent: Sent | None) -> str:
    if sent is not None:
        return sent.tracking_key
    # A place gets a new holder only after the server knows everything that was opened with it.
    return lock.place(event.place).tracking_key if event.place else ""


def _update_uses(lock: LockRecord, event: Event) -> None:
    click = lock.click(event.code)
    if click is not None and click.version == event.version:
        click.uses = event.left


# ---- fobs


def command_fob(state: State, base: Database, fob: FobRecord, session: str) -> str:
    """Return commands that make a fob hold its credentials, and nothing else."""
    fob.orders += 1
    order, sent = FobOrder(fob.orders), FobSent(fob.orders)
    for held in fob.credentials:
        token = (held.lock, held.place, held.generation)
        if held.status == "revoke_pending":
            sent.taken.append(token)
            continue
        sent.given.append(token)
        lock = base.lock(held.lock)
        order.holds.append((held.lock, *credentials_of(state, lock, lock.place(held.place))))
    fob.remember(sent)
    return "+".join(seal(fob.key, session, Kind.TO_FOB, encode(order)))


def _read_fob_report(fob: FobRecord, report: FobReport) -> None:
    sent = next((one for one in fob.sent if one.number == report.order), None)
    if sent is None:
        return
    # The fob has taken a newer order than the ones before this.
    fob.sent = [one for one in fob.sent if one.number > sent.number]
    for held in list(fob.credentials):
        token = (held.lock, held.place, held.generation)
        if held.status == "revoke_pending" and token in sent.taken:
            fob.credentials.remove(held)
        elif held.status == "pending" and token in sent.given:
            held.status = "synced"
