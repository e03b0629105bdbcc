"""What is true of a customer's instance, read from the simulator's state, in the document's words.

Times are microseconds, UTC, as everywhere in a law; None is no limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import is_
from typing import Any, NamedTuple

from lockpact.core.step import Step

__all__ = [
    "CredentialTruth",
    "EventTruth",
    "FobTruth",
    "LocktStep",
    "ScheduleTruth",
    "Truth",
    "UserTruth",
    "micros",
    "same_second",
    "truth_of",
]

GRANTED = 48
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class UserTruth:
    """One non-administrative user."""

    id: int
    id_num: str
    first_name: str
    last_name: str
    email: str
    phone: str
    pin: str = field(repr=False)
    card_num: str
    effective: int | None
    expires: int | None
    enabled: bool
    levels: tuple[int, ...]


@dataclass(frozen=True)
class FobTruth:
    """One fob. `levels` are its user's access levels; without a user, its own."""

    id: int
    name: str
    card_num: str
    user: int | None
    effective: int | None
    expires: int | None
    levels: tuple[int, ...]


class CredentialTruth(NamedTuple):
    """One credential of a user. `key` is its registration key."""

    id: int
    card_num: str
    key: str
    claimed: bool
    user: int


class ScheduleTruth(NamedTuple):
    """One schedule. `days` begin with Monday."""

    id: int
    name: str
    days: tuple[bool, ...]
    start: str
    stop: str


class EventTruth(NamedTuple):
    """One event. `happened` is the device's time, `recorded` the system's."""

    id: int
    happened: int
    recorded: int
    granted: bool
    card_num: str
    user: str


@dataclass(frozen=True)
class Truth:
    """One customer's instance."""

    apiuser: str
    apikey: str
    users: Mapping[str, tuple[UserTruth, ...]]
    """By id number. More than one user under a number would be duplicates."""
    fobs: Mapping[str, FobTruth]
    """By card number."""
    credentials: tuple[CredentialTruth, ...] = field(repr=False)
    """The credentials of all users."""
    schedules: tuple[ScheduleTruth, ...]
    doors: tuple[str, ...]
    """Their names."""
    next_card: str
    """The card number that /nextcardnum answers."""
    events: tuple[EventTruth, ...]
    """The events that can be read now, oldest first."""
    gone: int
    """The id of the newest event that can no longer be read."""
    pending_release: bool
    instance_down: bool

    def user(self, id: int) -> UserTruth | None:
        """Return the user of this id, or None."""
        return next((user for users in self.users.values() for user in users if user.id == id), None)

    def fob(self, id: int) -> FobTruth | None:
        """Return the fob of this id, or None."""
        return next((fob for fob in self.fobs.values() if fob.id == id), None)


LocktStep = Step[Truth]


def micros(at: datetime | None) -> int | None:
    """Return an aware datetime as microseconds, UTC. Raises TypeError for a naive one."""
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def same_second(asked: datetime | None, actual: int | None) -> bool:
    """Return whether a time is the one that the vendor has, to the second: one of the documented forms has no more."""
    at = micros(asked)
    return (at is None) == (actual is None) and (at or 0) // 1_000_000 == (actual or 0) // 1_000_000


def truth_of(site: Any) -> Truth:
    """Return the truth now. `site` is a simulator's handle on its vendor (`.state`, `.clock`)."""
    state, now = site.state, site.clock.now
    arrived = [event for event in state.events if event.db <= now]
    excess = len(arrived) - state.event_cache
    people = _people(state)
    return Truth(
        apiuser=state.apiuser,
        apikey=state.apikey,
        users=people.users,
        fobs=people.fobs,
        credentials=people.credentials,
        schedules=tuple(
            ScheduleTruth(one.id, one.name, tuple(one.days), one.start, one.stop) for one in state.schedules.values()
        ),
        doors=tuple(door.name for door in state.doors.values()),
        next_card=people.next_card,
        events=_events(arrived[max(0, excess) :]),
        gone=arrived[excess - 1].id if excess > 0 else state.dropped,
        pending_release=state.pending_release,
        instance_down=bool(state.instance_down),
    )


def _events(readable: list[Any]) -> tuple[EventTruth, ...]:
    """Return the events. The last result is returned again while they are the same."""
    if not _last_events or _last_events[0] != readable:
        _last_events[:] = readable, tuple(map(_event, readable))
    events: tuple[EventTruth, ...] = _last_events[1]
    return events


def _event(event: Any) -> EventTruth:
    what = event.what
    return EventTruth(event.id, what.at, event.db, what.code == GRANTED, what.card_num, what.user)


class _People(NamedTuple):
    users: Mapping[str, tuple[UserTruth, ...]]
    fobs: Mapping[str, FobTruth]
    credentials: tuple[CredentialTruth, ...]
    next_card: str


def _people(state: Any) -> _People:
    """Return the users by id number, the fobs by card number, and the next card number.

    Truth is asked for after every turn. Records are values that are replaced when something changes, so the last result is
    kept and returned again while the records are the same objects.
    """
    records = [[*table.values()] for table in (state.users, state.credentials, state.fobs)]
    if _last and all(
        len(mine) == len(its) and all(map(is_, mine, its)) for mine, its in zip(_last[0], records, strict=True)
    ):
        last: _People = _last[1]
        return last
    users: dict[str, tuple[UserTruth, ...]] = {}
    for user in state.visible_users():
        users[user.id_num] = (*users.get(user.id_num, ()), _user(user, state.credentials))
    cards = [one.card_num for one in state.credentials.values()]
    cards += [card for fob in state.fobs.values() for card in fob.cards]
    people = _People(
        users,
        {fob.card_num: _fob(fob, state) for fob in state.fobs.values()},
        tuple(
            CredentialTruth(one.id, one.card_num, one.key, one.phone is not None, one.user)
            for one in state.visible_credentials()
        ),
        str(max((int(card) for card in cards if card), default=0) + 1),
    )
    _last[:] = records, people
    return people


def _user(user: Any, credentials: Mapping[int, Any]) -> UserTruth:
    card = credentials[user.credentials[0]].card_num if user.credentials else ""
    return UserTruth(card_num=card, **{name: getattr(user, name) for name in _USER_FIELDS})


def _fob(fob: Any, state: Any) -> FobTruth:
    return FobTruth(fob.id, fob.name, fob.card_num, fob.user, fob.effective, fob.expires, state.fob_levels(fob))


_USER_FIELDS = (
    "id", "id_num", "first_name", "last_name", "email", "phone", "pin", "effective", "expires", "enabled", "levels",
)  # fmt: skip
_last: list[Any] = []
"""The records of the last call, and its result."""
_last_events: list[Any] = []
"""The events of the last call, and its result."""
