"""What is true of a customer's instance: read from the stand-in's state, told to laws in the document's words.

Instants are microseconds, UTC, as everywhere in a law; None is no limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lockpact.core.step import Step

__all__ = ["FobTruth", "LocktStep", "Truth", "UserTruth", "micros", "truth_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class UserTruth:
    """One non-administrative user."""

    id: int
    email: str
    card_num: str
    effective: int | None
    expires: int | None
    enabled: bool
    levels: tuple[int, ...]


@dataclass(frozen=True)
class FobTruth:
    """One fob, under its card number; `levels` are those that it inherits."""

    id: int
    user: int | None
    effective: int | None
    expires: int | None
    levels: tuple[int, ...]


@dataclass(frozen=True)
class Truth:
    """The instance."""

    apiuser: str
    apikey: str
    users: Mapping[str, tuple[UserTruth, ...]]
    """By id number: more than one under a number would be doubles."""
    fobs: Mapping[str, FobTruth]
    doors: tuple[str, ...]
    """Their names."""
    events: tuple[tuple[int, int], ...]
    """Id and hw_time of those that can be read now, oldest first."""
    gone: int
    """The id of the newest event that can no longer be read."""
    pending_release: bool
    instance_down: bool

    def user(self, id: int) -> UserTruth | None:
        """The user of this id."""
        return next((user for users in self.users.values() for user in users if user.id == id), None)

    def fob(self, id: int) -> FobTruth | None:
        """The fob of this id."""
        return next((fob for fob in self.fobs.values() if fob.id == id), None)


LocktStep = Step[Truth]


def micros(at: datetime | None) -> int | None:
    """An aware datetime as microseconds, UTC. A naive one is none of the port's: raises TypeError."""
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def truth_of(site: Any) -> Truth:
    """The truth now. `site` is a stand-in's handle on its vendor (`.state`, `.clock`)."""
    state, now = site.state, site.clock.now
    here = [event for event in state.events if event.db <= now]
    past = len(here) - state.event_cache
    return Truth(
        apiuser=state.apiuser,
        apikey=state.apikey,
        users=_users(state.users, state.credentials),
        fobs={
            fob.card_num: FobTruth(
                fob.id,
                fob.user,
                fob.effective,
                fob.expires,
                () if fob.user is None else state.users[fob.user].levels,
            )
            for fob in state.fobs.values()
        },
        doors=tuple(door.name for door in state.doors.values()),
        events=tuple((event.id, event.what.at) for event in here[max(0, past) :]),
        gone=here[past - 1].id if past > 0 else state.dropped,
        pending_release=state.pending_release,
        instance_down=bool(state.instance_down),
    )


def _users(users: Mapping[int, Any], credentials: Mapping[int, Any]) -> Mapping[str, tuple[UserTruth, ...]]:
    """The users by id number. Truth is asked after every turn, and the stand-in puts another table in place of one that
    changes: so one that was told is told again as it was.
    """
    if _told and _told[0] is users and _told[1] is credentials:
        told: Mapping[str, tuple[UserTruth, ...]] = _told[2]
        return told
    found: dict[str, tuple[UserTruth, ...]] = {}
    for user in users.values():
        if not user.admin:
            card = credentials[user.credentials[0]].card_num if user.credentials else ""
            one = UserTruth(user.id, user.email, card, user.effective, user.expires, user.enabled, user.levels)
            found[user.id_num] = (*found.get(user.id_num, ()), one)
    _told[:] = users, credentials, found
    return found


_told: list[Any] = []
"""The tables that were told last, and how."""
