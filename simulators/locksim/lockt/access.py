"""Who gets in: a card at a door, judged in this order, the first objection counts.

    battery → door → card → enabled → window → access level → schedule

A fob is judged by its own switch and window and by those of the user whom it is assigned to, and opens what that user's
access levels open. Windows are [effective, expires). Schedules are in UTC, their last second included.
"""

from __future__ import annotations

from typing import NamedTuple

from locksim.engine.timestamps import SECOND, moment
from locksim.lockt.events import Denial
from locksim.lockt.state import Credential, Door, Fob, State, User, full_name

__all__ = ["Judged", "judge"]


class Judged(NamedTuple):
    """`denial` None: granted. `user` and `schedule` are names, "" where there is none to tell."""

    denial: Denial | None
    user: str = ""
    schedule: str = ""


def judge(state: State, door: Door, card: str, now: int) -> Judged:
    """What the door says to this card."""
    held = state.holder(card)
    user = _user(state, held)
    name = _name(held, user)
    if door.battery is not None and not door.battery.left(now):
        return Judged(Denial.BATTERY_MISSING, name)
    if not door.enabled:
        return Judged(Denial.DOOR_DISABLED, name)
    if held is None:
        return Judged(Denial.UNKNOWN_CARD)
    for record in (held, user):
        denial = None if record is None else _own(record, now)
        if denial is not None:
            return Judged(denial, name)
    return _by_level(state, door, user, name, now)


def _user(state: State, held: Credential | Fob | None) -> User | None:
    return None if held is None or held.user is None else state.users[held.user]


def _name(held: Credential | Fob | None, user: User | None) -> str:
    if user is not None:
        return full_name(user)
    return held.name if isinstance(held, Fob) else ""


def _own(record: Credential | Fob | User, now: int) -> Denial | None:
    """By its own switch and window; a credential has neither."""
    if isinstance(record, Credential):
        return None
    if not record.enabled:
        return Denial.USER_DISABLED
    if record.effective is not None and now < record.effective:
        return Denial.NOT_YET_EFFECTIVE
    if record.expires is not None and now >= record.expires:
        return Denial.EXPIRED
    return None


def _by_level(state: State, door: Door, user: User | None, name: str, now: int) -> Judged:
    levels = [state.levels[level] for level in (user.levels if user is not None else ())]
    levels = [level for level in levels if door.id in level.doors]
    if not levels:
        return Judged(Denial.NO_ACCESS_LEVEL, name)
    at = moment(now - now % SECOND)
    schedules = [None if level.schedule is None else state.schedules[level.schedule] for level in levels]
    if any(schedule is None or schedule.open(at.weekday(), f"{at:%H:%M:%S}") for schedule in schedules):
        return Judged(None, name)
    shut = next(schedule for schedule in schedules if schedule is not None)
    return Judged(Denial.OUT_OF_SCHEDULE, name, shut.name)
