"""Decide who gets in: judge a card at a door. The first objection counts, in this order:

    battery → door → card → enabled → window → access level → schedule

A fob is judged by its own switch and window and by those of the user to whom it is assigned. It opens what that user's
access levels open; without a user, what its own access levels open. Windows are [effective, expires). Schedules are in
the instance's time zone, and their last second is included. Both go by the core's own clock.
"""

from __future__ import annotations

from typing import NamedTuple

from locksim.api.time_zones import local_time
from locksim.engine.timestamps import SECOND
from locksim.lockt.events import Denial
from locksim.lockt.indexes import indexes_of
from locksim.lockt.state import Credential, Door, Fob, State, User, full_name

__all__ = ["Decision", "decide"]


class Decision(NamedTuple):
    """Whether a card opens a door. `denial` is None when it does."""

    denial: Denial | None
    user: str = ""
    """The holder's name; "" for an unknown card."""
    schedule: str = ""
    """The name of the schedule that refused the card; "" otherwise."""


def decide(state: State, door: Door, card: str, now: int) -> Decision:
    """Return the door's decision about this card number. `now` is the true time in µs UTC; the core's may differ."""
    shown = door.clock.shows(now)
    holder = indexes_of(state).holder(card)
    user = _user(state, holder)
    name = _name(holder, user)
    if door.battery is not None and not door.battery.left(now):
        return Decision(Denial.BATTERY_MISSING, name)
    if not door.enabled:
        return Decision(Denial.DOOR_DISABLED, name)
    if holder is None:
        return Decision(Denial.UNKNOWN_CARD)
    for record in (holder, user):
        denial = None if record is None else _by_record(record, shown)
        if denial is not None:
            return Decision(denial, name)
    levels = state.fob_levels(holder) if isinstance(holder, Fob) else state.users[holder.user].levels
    return _by_level(state, door, levels, name, shown)


def _user(state: State, holder: Credential | Fob | None) -> User | None:
    return None if holder is None or holder.user is None else state.users[holder.user]


def _name(holder: Credential | Fob | None, user: User | None) -> str:
    if user is not None:
        return full_name(user)
    return holder.name if isinstance(holder, Fob) else ""


def _by_record(record: Credential | Fob | User, now: int) -> Denial | None:
    """Judge the record's own switch and window. A credential has neither."""
    if isinstance(record, Credential):
        return None
    if not record.enabled:
        return Denial.USER_DISABLED
    if record.effective is not None and now < record.effective:
        return Denial.NOT_YET_EFFECTIVE
    if record.expires is not None and now >= record.expires:
        return Denial.EXPIRED
    return None


def _by_level(state: State, door: Door, granted: tuple[int, ...], name: str, now: int) -> Decision:
    levels = [state.levels[level] for level in granted if door.id in state.levels[level].doors]
    if not levels:
        return Decision(Denial.NO_ACCESS_LEVEL, name)
    at = local_time(now - now % SECOND, state.time_zone)
    schedules = [None if level.schedule is None else state.schedules[level.schedule] for level in levels]
    if any(schedule is None or schedule.open(at.weekday(), f"{at:%H:%M:%S}") for schedule in schedules):
        return Decision(None, name)
    closed = next(schedule for schedule in schedules if schedule is not None)
    return Decision(Denial.OUT_OF_SCHEDULE, name, closed.name)
