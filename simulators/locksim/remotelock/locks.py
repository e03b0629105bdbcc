"""What a lock knows and decides by itself: whom it lets in, when it locks again, what its batteries give.

1. A lock decides by what it *holds*: grants, pins and settings from its last contact. The cloud may know better meanwhile.
2. Of a pin: the programming code opens nothing; a local pin always opens; else a grant whose window [start, end), schedule
   and exceptions allow it. Cards likewise, on models that read them.
3. A lock does not take what it cannot tell apart or use: a pin that is also a local pin or the programming code
   (`pin_conflict`), a person without any credential that the model takes (`unsupported_credential`).
4. Batteries fall with time. What percentage that is, is reckoned from the *set* power source: with the wrong one it is
   wrong. `hardwire` is always full.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from locksim.engine.timestamps import DAY, SECOND
from locksim.remotelock import people, schedules
from locksim.remotelock.bodies import Grant, LockBody, Radio
from locksim.remotelock.catalog import can
from locksim.remotelock.entities import Access, AccessGuest, AcsDoor, Lock
from locksim.remotelock.state import Account

__all__ = [
    "LOW",
    "UNKNOWN",
    "Verdict",
    "by_card",
    "by_pin",
    "clash",
    "flat_at",
    "judge",
    "last_beat",
    "low_at",
    "next_beat",
    "percent",
    "powered",
    "relocks",
    "volts",
    "volts_for",
    "wakes",
    "wanted",
    "wanted_all",
]

LOW = 20
"""Percent at and below which a battery is low."""

UNKNOWN = "unknown_credential"

_RANGE = {"alkaline_battery": (4_000, 6_000), "lithium_battery": (5_200, 7_200), "battery": (4_000, 6_000)}
"""Empty and full, in millivolts of four cells."""
_LASTS = {"alkaline_battery": 365 * DAY, "lithium_battery": 730 * DAY}
_PLUGGED_IN = 12_000


# ---- grants


def wanted(account: Account, lock: Lock | AcsDoor, access: Access, now: int) -> Grant | None:
    """What this access means for this lock; None: nothing (any more)."""
    person = account.persons[access.person_id]
    start = end = None
    if isinstance(person, AccessGuest):
        start, end = people.window(account, person, access, lock)
    if person.deactivated or (end is not None and end <= now):
        return None
    schedule = account.schedules[access.access_schedule_id] if access.access_schedule_id else None
    exception = account.exceptions.get(schedule.access_exception_id or "") if schedule else None
    days = tuple((span.start_date, span.end_date) for span in exception.dates) if exception else ()
    return Grant(
        person.id,
        person.type,
        person.name,
        person.pin,
        person.card_number,
        start,
        end,
        schedules.week_of(schedule),
        days,
    )


def wanted_all(account: Account, lock: Lock | AcsDoor, now: int) -> dict[str, Grant]:
    """Access id → what the lock should hold."""
    found = ((access.id, wanted(account, lock, access, now)) for access in people.accesses_to(account, lock))
    return {key: grant for key, grant in found if grant is not None}


def clash(lock: Lock, grant: Grant) -> str | None:
    """Why the lock cannot take this grant; None when it can."""
    pin = grant.pin if can(lock.model_id, "pin_credential") else None
    card = grant.card if can(lock.model_id, "smart_card_credential") else None
    if pin is None and card is None:
        return "unsupported_credential"
    settings = lock.body.settings
    if pin is not None and (pin in (settings.local_pins or ()) or pin == settings.programming_code):
        return "pin_conflict"
    return None


class Verdict(NamedTuple):
    """What the lock says to somebody. `why`: the reason of a refusal; `grant`: whose credential it was, if anybody's."""

    granted: bool
    why: str | None = None
    grant: Grant | None = None


def by_pin(lock: Lock, pin: str, now: int) -> Verdict:
    """Somebody types a pin."""
    settings = lock.body.settings
    if pin == settings.programming_code:
        return Verdict(False, "programming_code")
    if pin in (settings.local_pins or ()):
        return Verdict(True)
    return judge((grant for grant in lock.body.grants.values() if grant.pin == pin), lock.body.radio.zone, now)


def by_card(lock: Lock, card: str, now: int) -> Verdict:
    """Somebody presents a card."""
    return judge((grant for grant in lock.body.grants.values() if grant.card == card), lock.body.radio.zone, now)


def judge(grants: Iterable[Grant], zone: str, now: int) -> Verdict:
    """Of those whose credential it is: the first that may come in, or why the last may not."""
    why, whose = UNKNOWN, None
    for grant in grants:
        no = _refuses(grant, zone, now)
        if no is None:
            return Verdict(True, None, grant)
        why, whose = no, grant
    return Verdict(False, why, whose)


def _refuses(grant: Grant, zone: str, now: int) -> str | None:
    if grant.start is not None and now < grant.start:
        return "not_yet"
    if grant.end is not None and now >= grant.end:
        return "expired"
    if grant.week is not None and not schedules.is_open(grant.week, grant.days, zone, now):
        return "outside_schedule"
    return None


def relocks(lock: Lock, now: int) -> bool:
    """Whether it locks by itself after somebody has unlocked it now."""
    settings, body = lock.body.settings, lock.body
    if not settings.auto_lock or settings.auto_lock_timeout <= 0 or not can(lock.model_id, "auto_lock_enable"):
        return False
    step = schedules.last_step(body.auto_week, body.radio.zone, now)
    return step is None or bool(step["enable"])


def wakes(lock: Lock, *, manual: bool) -> bool:
    """Whether somebody's act makes it get in touch. `manual`: at the knob."""
    wake = lock.body.settings.wake_wifi
    return wake == "user_action" or (wake == "user_action_except_manual" and not manual)


# ---- power


def volts(body: LockBody, now: int) -> int:
    """Millivolts at this instant."""
    if body.cells == "hardwire":
        return _PLUGGED_IN
    empty, full = _RANGE[body.cells]
    return max(0, body.volts - (full - empty) * (now - body.volts_at) // _LASTS[body.cells])


def percent(millivolts: int, source: str) -> int:
    """What these volts mean if this is the power source."""
    if source == "hardwire":
        return 100
    empty, full = _RANGE[source]
    return max(0, min(100, (millivolts - empty) * 100 // (full - empty)))


def volts_for(level: int, cells: str) -> int:
    """The volts of cells that are at this percentage."""
    if cells == "hardwire":
        return _PLUGGED_IN
    empty, full = _RANGE[cells]
    return empty + -(-(full - empty) * level // 100)


def powered(body: LockBody, now: int) -> bool:
    """Whether its batteries still give anything."""
    return body.cells == "hardwire" or volts(body, now) > _RANGE[body.cells][0]


def flat_at(body: LockBody) -> int | None:
    """When the batteries give nothing any more; None: never."""
    return None if body.cells == "hardwire" else _falls_to(body, _RANGE[body.cells][0])


def low_at(lock: Lock) -> int | None:
    """When the cloud would call the battery low, were it to hear of it; None: never."""
    body, source = lock.body, lock.settings.power_source
    if body.cells == "hardwire" or source == "hardwire":
        return None
    empty, full = _RANGE[source]
    return _falls_to(body, empty + (full - empty) * (LOW + 1) // 100 - 1)


def _falls_to(body: LockBody, millivolts: int) -> int:
    empty, full = _RANGE[body.cells]
    missing = max(0, body.volts - millivolts)
    return body.volts_at + -(-missing * _LASTS[body.cells] // (full - empty))


# ---- heartbeats


def last_beat(radio: Radio, interval: int, now: int) -> int | None:
    """When the device was last heard; None: never."""
    until = now if radio.online or radio.offline_since is None else min(now, radio.offline_since)
    if radio.anchor is None or interval <= 0 or until < radio.anchor:
        return radio.anchor
    return until - (until - radio.anchor) % (interval * SECOND)


def next_beat(radio: Radio, interval: int, after: int) -> int | None:
    """The first heartbeat after this instant; None: there is none."""
    if not radio.online or radio.anchor is None or interval <= 0:
        return None
    step = interval * SECOND
    return radio.anchor + ((after - radio.anchor) // step + 1) * step
