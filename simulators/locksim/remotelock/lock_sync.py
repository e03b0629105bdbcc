"""A lock and the cloud in touch: at its heartbeat, when somebody uses it, when it has come back.

In this order: settings (the first time, the lock's go to the cloud and what was set before is lost: chapter *Update a
lock*), what happened meanwhile, the battery, what the API has asked for, and the grants. Everything that a device has not
heard of by then it does not know.

A lock is *connected* for `AWAKE` after a contact: what it does meanwhile it tells at once, and what the API asks of it
reaches it `REACHED` later. It is *alive* while it has not missed two heartbeats.
"""

from __future__ import annotations

from typing import Any

import msgspec

from locksim.engine.timestamps import DAY, MINUTE, SECOND
from locksim.engine.turn import Turn
from locksim.remotelock import alarms, events, locks, schedules
from locksim.remotelock.bodies import Bolt, News
from locksim.remotelock.entities import Lock
from locksim.remotelock.state import Account, State, new_id

__all__ = [
    "AWAKE",
    "FIRST_CONTACT",
    "TIMEOUT",
    "alive",
    "arm",
    "catch_up",
    "connected",
    "happened",
    "heard",
    "meet",
    "pending",
    "reachable",
    "silence",
    "touched",
    "unlock",
]

AWAKE = 30 * SECOND
REACHED = 2 * SECOND
FIRST_CONTACT = 2 * MINUTE
"""After its registration, a lock wakes up for the first time."""
GIVEN_UP = DAY
"""After this long without a contact, grants that wait count as failed (`timeout`)."""
TIMEOUT = "timeout"
_TRAILS = 3 * SECOND
"""`observed`: how long after it happened the cloud hears of what somebody does at a lock."""


# ---- is it there?


def heard(lock: Lock, now: int) -> int | None:
    """When the lock was last heard; None: never."""
    until, flat = now, locks.flat_at(lock.body)
    if flat is not None:
        until = min(until, flat - 1)
    return locks.last_beat(lock.body.radio, lock.body.settings.heartbeat_interval, until)


def silence(interval: int) -> int:
    """How long a device may be silent before it counts as lost. One without heartbeats may for a day."""
    return DAY if interval <= 0 else (2 * interval + 60) * SECOND


def alive(lock: Lock, now: int) -> bool:
    """Whether it is "heartbeating" regularly."""
    last = heard(lock, now)
    return last is not None and now - last < silence(lock.body.settings.heartbeat_interval)


def reachable(lock: Lock, now: int) -> bool:
    """Whether it could be in touch now."""
    return lock.body.radio.online and locks.powered(lock.body, now)


def connected(lock: Lock, now: int) -> bool:
    """Whether it is in touch at this moment."""
    last = heard(lock, now)
    return last is not None and now - last < AWAKE and reachable(lock, now)


# ---- what the two do not have in common yet


def pending(account: Account, lock: Lock, now: int) -> bool:
    """Whether the next contact has anything to do."""
    body = lock.body
    return bool(
        body.radio.orders
        or body.news
        or body.radio.lost
        or _shared(lock.settings) != _shared(body.settings)
        or set(body.pins_told) != set(lock.settings.local_pins or ())
        or set(body.pins_told) != set(body.settings.local_pins or ())
        or _schedules(account, lock) != (body.auto_week, body.action_week, body.radio.zone)
        or _open_grants(account, lock, now)
    )


def _shared(settings: Any) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.structs.asdict(settings)
    del told["local_pins"]
    return told


def _schedules(account: Account, lock: Lock) -> tuple[Any, Any, str]:
    auto, action = lock.auto_lock_schedule_id, lock.lock_action_schedule_id
    return (
        schedules.week_of(account.schedules[auto]) if auto else None,
        schedules.week_of(account.schedules[action]) if action else None,
        account.zone_of(lock),
    )


def _open_grants(account: Account, lock: Lock, now: int) -> list[str]:
    """The accesses of which the lock does not hold what it should, and has not said that it cannot."""
    want, held = locks.wanted_all(account, lock, now), lock.body.grants
    ids = [key for key in {**held, **want} if held.get(key) != want.get(key)]
    known = {
        key for key in ids if key in want and (why := locks.clash(lock, want[key])) and lock.body.failed.get(key) == why
    }
    return [key for key in ids if key not in known]


# ---- in touch


def meet(turn: Turn, state: State, account: Account, lock: Lock) -> None:
    """The lock is in touch with the cloud now."""
    body, first = lock.body, lock.connected_at is None
    lock.connected_at = body.radio.anchor = turn.now
    body.call_at = body.waiting_since = None
    lock.signal_quality = lock.signal_quality or turn.random("signal", lock.id).between(1, 4)
    if first:
        lock.settings = msgspec.structs.replace(body.settings, local_pins=list(body.settings.local_pins or []))
    else:
        _learn_settings(lock)
    body.pins_told = list(lock.settings.local_pins or [])
    if body.radio.lost:
        body.radio.lost = False
        events.record(turn, state, account, "connectivity", lock, source="network", connected_at=turn.now)
    body.auto_week, body.action_week, body.radio.zone = _schedules(account, lock)
    _tell(turn, state, account, lock)
    _report_battery(turn, state, account, lock)
    _obey(turn, state, account, lock)
    _learn_grants(turn, state, account, lock)
    lock.state = body.bolt


def _learn_settings(lock: Lock) -> None:
    """The cloud's settings, but that pins which were programmed at the keypad are the lock's to add."""
    body = lock.body
    mine, removed = body.settings.local_pins or [], set(body.pins_told) - set(lock.settings.local_pins or ())
    has_pins = body.settings.local_pins is not None or lock.settings.local_pins is not None
    pins = [pin for pin in mine if pin not in removed] if has_pins else None
    body.settings = msgspec.structs.replace(lock.settings, local_pins=pins)
    lock.settings.local_pins = None if pins is None else list(pins)


def _tell(turn: Turn, state: State, account: Account, lock: Lock) -> None:
    """What happened at the lock, oldest first."""
    news, lock.body.news = lock.body.news, []
    for one in news:
        person = account.persons.get(one.person_id or "")
        told: dict[str, Any] = dict(one.told)
        if person is None and one.person_name is not None:
            told["associated_resource_name"] = one.person_name
        common: dict[str, Any] = {"source": one.source, "status": one.status, "occurred_at": one.at}
        events.record(turn, state, account, one.type, lock, about=person, id=one.id, **common, **told)
        if person is not None and one.type in ("unlocked", "access_denied"):
            events.record(turn, state, account, "access_person_used", person, about=lock, **common, **told)
            person.used = person.used or one.status == "succeeded"


def _report_battery(turn: Turn, state: State, account: Account, lock: Lock) -> None:
    body = lock.body
    lock.power_level = locks.percent(locks.volts(body, turn.now), lock.settings.power_source)
    if lock.power_level > locks.LOW:
        body.low_told = False
    elif not body.low_told:
        body.low_told = True
        events.record(turn, state, account, "power_level_low", lock, power_level=lock.power_level)


def _obey(turn: Turn, state: State, account: Account, lock: Lock) -> None:
    """What the API has asked for, in its order."""
    orders, lock.body.radio.orders = lock.body.radio.orders, []
    for order in orders:
        if order == "unlock":
            unlock(lock, turn.now)
            events.record(turn, state, account, "unlocked", lock, source="network")
        else:
            lock.body.bolt, lock.body.relock_at = "locked", None
            events.record(turn, state, account, "locked", lock, source="network")


def _learn_grants(turn: Turn, state: State, account: Account, lock: Lock) -> None:
    body, want = lock.body, locks.wanted_all(account, lock, turn.now)
    body.grants = {key: grant for key, grant in body.grants.items() if key in want}
    body.failed = {key: why for key, why in body.failed.items() if key in want}
    for key, grant in want.items():
        if body.grants.get(key) == grant:
            continue
        person, why = account.persons[grant.person_id], locks.clash(lock, grant)
        if why is not None:
            body.grants.pop(key, None)
            _failed(turn, state, account, lock, key, why)
            continue
        late = key not in body.grants and grant.start is not None and turn.now > grant.start
        body.grants[key] = grant
        body.failed.pop(key, None)
        events.record(turn, state, account, "access_person_synced", lock, source="network", about=person)
        if late:
            events.record(turn, state, account, "access_guest_late_sync", lock, source="network", about=person)


def _failed(turn: Turn, state: State, account: Account, lock: Lock, access_id: str, why: str) -> None:
    """A grant did not get into the lock; told once for each reason."""
    if lock.body.failed.get(access_id) == why:
        return
    lock.body.failed[access_id] = why
    person = account.persons[account.accesses[access_id].person_id]
    events.record(
        turn, state, account, "access_person_sync_failed", lock, source="network", about=person, status_info=why
    )


# ---- what the lock does


def unlock(lock: Lock, now: int) -> None:
    """The bolt is drawn; it goes back by itself when auto-lock is on."""
    lock.body.bolt = "unlocked"
    lock.body.relock_at = now + lock.body.settings.auto_lock_timeout * SECOND if locks.relocks(lock, now) else None


def happened(
    turn: Turn, state: State, account: Account, lock: Lock, type: str, *, wakes: bool = False, **news: Any
) -> str:
    """Something happened at the lock; the cloud hears of it now or at the next contact. → the event's id.

    `wakes`: whether it makes the lock get in touch. `news`: as in `bodies.News`.
    """
    key = new_id(turn, state, "event")
    lock.body.news.append(News(id=key, type=type, at=turn.now, **news))
    touched(turn, state, account, lock, wakes=wakes)
    return key


def touched(turn: Turn, state: State, account: Account, lock: Lock, *, wakes: bool) -> None:
    """Somebody, or something, was at the lock: it gets in touch if that wakes it, or if it is awake."""
    if reachable(lock, turn.now) and (wakes or connected(lock, turn.now)):
        if turn.profile == "observed":
            lock.body.call_at = turn.now + _TRAILS
        else:
            meet(turn, state, account, lock)
    arm(turn, account, lock)


def catch_up(turn: Turn, state: State, account: Account, lock: Lock) -> None:
    """Do what is due at this lock by now."""
    body, now = lock.body, turn.now
    _take_steps(turn, state, account, lock)
    if body.relock_at is not None and body.relock_at <= now:
        body.relock_at = None
        if locks.powered(body, now):
            body.bolt = "locked"
            happened(turn, state, account, lock, "locked", told={"method": "auto_lock"})
    if body.call_at is not None and body.call_at <= now:
        body.call_at = None
        if reachable(lock, now):
            meet(turn, state, account, lock)
    if now in _beats(account, lock, now - 1) and reachable(lock, now):
        meet(turn, state, account, lock)
    lost_at = _lost_at(lock, now)
    if lost_at is not None and lost_at <= now:
        body.radio.lost = True
        last = heard(lock, now)
        events.record(turn, state, account, "connectivity", lock, source="network", status="failed", connected_at=last)
    if body.waiting_since is not None and body.waiting_since + GIVEN_UP <= now:
        body.waiting_since = None
        for key in _open_grants(account, lock, now):
            if key in account.accesses and locks.wanted(account, lock, account.accesses[key], now) is not None:
                _failed(turn, state, account, lock, key, TIMEOUT)


def _take_steps(turn: Turn, state: State, account: Account, lock: Lock) -> None:
    """The steps of its schedules, as the lock knows them."""
    body, radio = lock.body, lock.body.radio
    since, radio.stepped = radio.stepped, turn.now
    if not locks.powered(body, turn.now):
        return
    for at, entry in schedules.steps_between(body.auto_week, radio.zone, since, turn.now):
        on = entry["enable"] and body.bolt == "unlocked" and locks.relocks(lock, at)
        body.relock_at = at + body.settings.auto_lock_timeout * SECOND if on else None
    for _, entry in schedules.steps_between(body.action_week, radio.zone, since, turn.now):
        body.bolt, body.relock_at = _BOLT[entry["action"]], None
        happened(turn, state, account, lock, body.bolt, told={"method": "schedule"})


_BOLT: dict[str, Bolt] = {"unlock": "unlocked", "lock": "locked"}


# ---- when it has to be looked after


def arm(turn: Turn, account: Account, lock: Lock) -> None:
    """See to it that what is due next at this lock happens at its time."""
    body, now = lock.body, turn.now
    radio = body.radio
    waiting = None if body.waiting_since is None else body.waiting_since + GIVEN_UP
    alarms.arm(
        turn,
        radio,
        lock.id,
        (
            body.relock_at,
            body.call_at,
            schedules.next_step(body.auto_week, radio.zone, radio.stepped),
            schedules.next_step(body.action_week, radio.zone, radio.stepped),
            *_beats(account, lock, now),
            _lost_at(lock, now),
            waiting,
        ),
    )


def _beats(account: Account, lock: Lock, after: int) -> list[int]:
    """The heartbeats after this instant that have something to do."""
    body = lock.body
    interval, flat = body.settings.heartbeat_interval, locks.flat_at(body)
    due = []
    if body.radio.anchor is not None and pending(account, lock, after):
        due.append(locks.next_beat(body.radio, interval, after))
    if not body.low_told and (low := locks.low_at(lock)) is not None:
        due.append(locks.next_beat(body.radio, interval, max(after, low - 1)))
    return [at for at in due if at is not None and (flat is None or at < flat)]


def _lost_at(lock: Lock, now: int) -> int | None:
    """When the cloud notices that the lock is silent; None: it is not, or that has been noticed."""
    body = lock.body
    if body.radio.lost or body.radio.anchor is None:
        return None
    flat = locks.flat_at(body)
    if body.radio.online and (flat is None or flat > now + 30 * DAY):
        return None
    last = heard(lock, now)
    if last is None or (body.radio.online and flat is not None and now < flat):
        return flat
    return last + silence(body.settings.heartbeat_interval)
