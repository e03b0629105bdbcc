"""What is true of a customer's instance, read from the simulator's state, in the document's words.

Times are microseconds, UTC, as everywhere in a law; None is no limit.
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
    """One fob. `levels` are its user's access levels; without a user, its own."""

    id: int
    user: int | None
    effective: int | None
    expires: int | None
    levels: tuple[int, ...]


@dataclass(frozen=True)
class Truth:
    """One customer's instance."""

    apiuser: str
    apikey: str
    users: Mapping[str, tuple[UserTruth, ...]]
    """By id number. More than one user under a number would be duplicates."""
    fobs: Mapping[str, FobTruth]
    """By card number."""
    doors: tuple[str, ...]
    """Their names."""
    events: tuple[tuple[int, int], ...]
    """Id and hw_time of the events that can be read now, oldest first."""
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


def truth_of(site: Any) -> Truth:
    """Return the truth now. `site` is a simulator's handle on its vendor (`.state`, `.clock`)."""
    state, now = site.state, site.clock.now
    arrived = [event for event in state.events if event.db <= now]
    excess = len(arrived) - state.event_cache
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
                state.fob_levels(fob),
            )
            for fob in state.fobs.values()
        },
        doors=tuple(door.name for door in state.doors.values()),
        events=tuple((event.id, event.what.at) for event in arrived[max(0, excess) :]),
        gone=arrived[excess - 1].id if excess > 0 else state.dropped,
        pending_release=state.pending_release,
        instance_down=bool(state.instance_down),
    )


def _users(users: Mapping[int, Any], credentials: Mapping[int, Any]) -> Mapping[str, tuple[UserTruth, ...]]:
    """Return the users by id number.

    Truth is asked for after every turn, and the simulator replaces a table that changes. So the last result is kept and
    returned again while the tables are the same objects.
    """
    if _last and _last[0] is users and _last[1] is credentials:
        last: Mapping[str, tuple[UserTruth, ...]] = _last[2]
        return last
    found: dict[str, tuple[UserTruth, ...]] = {}
    for user in users.values():
        if not user.admin:
            card = credentials[user.credentials[0]].card_num if user.credentials else ""
            one = UserTruth(user.id, user.email, card, user.effective, user.expires, user.enabled, user.levels)
            found[user.id_num] = (*found.get(user.id_num, ()), one)
    _last[:] = users, credentials, found
    return found


_last: list[Any] = []
"""The tables of the last call, and its result."""
