"""Which grants a lock should store, and whom it lets in.

1. A lock decides by the grants, pins and settings that it has *stored*. The cloud may have newer ones.
2. The programming code opens nothing. A local pin always opens. Another pin opens if a stored grant has it, within the
   grant's window [start, end), its schedule and its exceptions. Cards likewise, on models that read them.
3. A lock does not store a grant that it could not tell apart or use: a pin that is also a local pin or the programming
   code (`pin_conflict`), a person without any credential that the model reads (`unsupported_credential`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from locksim.remotelock import schedules
from locksim.remotelock.account import Account
from locksim.remotelock.catalog import can
from locksim.remotelock.entities import Access, AccessGuest, AcsDoor, Lock
from locksim.remotelock.physical import Grant

__all__ = [
    "UNKNOWN_CREDENTIAL",
    "Verdict",
    "conflict",
    "decide",
    "decide_by_card",
    "decide_by_pin",
    "expected_grant",
    "expected_grants",
]

UNKNOWN_CREDENTIAL = "unknown_credential"


def expected_grant(account: Account, device: Lock | AcsDoor, access: Access, now: int) -> Grant | None:
    """Return what the device should store for this access; None if nothing, as after its end."""
    person = account.persons[access.person_id]
    start = end = None
    if isinstance(person, AccessGuest):
        start, end = account.window(person, access, device)
    if person.deactivated or (end is not None and end <= now):
        return None
    schedule = account.schedules[access.access_schedule_id] if access.access_schedule_id else None
    exception = account.exceptions.get(schedule.access_exception_id or "") if schedule else None
    days_off = tuple((span.start_date, span.end_date) for span in exception.dates) if exception else ()
    return Grant(
        person.id,
        person.type,
        person.name,
        person.pin,
        person.card_number,
        start,
        end,
        schedules.week_of(schedule),
        days_off,
    )


def expected_grants(account: Account, device: Lock | AcsDoor, now: int) -> dict[str, Grant]:
    """Return access id → what the device should store."""
    found = ((access.id, expected_grant(account, device, access, now)) for access in account.accesses_to(device))
    return {key: grant for key, grant in found if grant is not None}


def conflict(lock: Lock, grant: Grant) -> str | None:
    """Return why the lock cannot store this grant; None if it can."""
    pin = grant.pin if can(lock.model_id, "pin_credential") else None
    card = grant.card if can(lock.model_id, "smart_card_credential") else None
    if pin is None and card is None:
        return "unsupported_credential"
    settings = lock.physical.settings
    if pin is not None and (pin in (settings.local_pins or ()) or pin == settings.programming_code):
        return "pin_conflict"
    return None


class Verdict(NamedTuple):
    """Whether somebody is let in; the reason of a refusal; and the grant with the credential, if there is one."""

    granted: bool
    reason: str | None = None
    grant: Grant | None = None


def decide_by_pin(lock: Lock, pin: str, now: int) -> Verdict:
    """Return the lock's decision on a pin that was typed."""
    physical = lock.physical
    if pin == physical.settings.programming_code:
        return Verdict(False, "programming_code")
    if pin in (physical.settings.local_pins or ()):
        return Verdict(True)
    return decide((grant for grant in physical.grants.values() if grant.pin == pin), physical.link.zone, now)


def decide_by_card(lock: Lock, card: str, now: int) -> Verdict:
    """Return the lock's decision on a card that was presented."""
    physical = lock.physical
    return decide((grant for grant in physical.grants.values() if grant.card == card), physical.link.zone, now)


def decide(grants: Iterable[Grant], zone: str, now: int) -> Verdict:
    """Return the decision on a credential, given all grants that have it."""
    reason, refused = UNKNOWN_CREDENTIAL, None
    for grant in grants:
        why = _refusal(grant, zone, now)
        if why is None:
            return Verdict(True, None, grant)
        reason, refused = why, grant
    return Verdict(False, reason, refused)


def _refusal(grant: Grant, zone: str, now: int) -> str | None:
    if grant.start is not None and now < grant.start:
        return "not_yet"
    if grant.end is not None and now >= grant.end:
        return "expired"
    if grant.week is not None and not schedules.is_open(grant.week, grant.days_off, zone, now):
        return "outside_schedule"
    return None
