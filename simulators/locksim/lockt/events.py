"""Record what happened at the doors.

    core ──(bridge online: 1 to 6 s)──► recorded under the next id, in the cache ──(5,000 newer ones)──► gone
      └──(its bridge offline)──► kept by the core ──(bridge back)──► recorded then, with the core's own time

So ids follow the order of recording (`db_time`), not the order in which things happened (`hw_time`): while one bridge is
offline, another may be online. No timer is needed: an event that has not arrived yet has its `db` in the future.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from locksim.engine.timestamps import SECOND
from locksim.engine.turn import Turn
from locksim.lockt.indexes import indexes_of
from locksim.lockt.state import Bridge, CoreEvent, Event, Fob, FobUse, State

__all__ = ["DENIED", "GRANTED", "Denial", "EventTexts", "arrived", "deliver", "drop_oldest", "report", "texts_of"]

GRANTED = 48
DENIED = 49
MS = 1_000


class Denial(IntEnum):
    """Subcodes of a denial, in the order in which they are judged. The document has 104 only; the others are assumed."""

    BATTERY_MISSING = 104
    DOOR_DISABLED = 105
    UNKNOWN_CARD = 106
    USER_DISABLED = 107
    NOT_YET_EFFECTIVE = 108
    EXPIRED = 109
    NO_ACCESS_LEVEL = 110
    OUT_OF_SCHEDULE = 111


class EventTexts(NamedTuple):
    """The names of an event's code, subcode (None on a granted one) and category."""

    code: str
    subcode: str | None
    category: int
    category_text: str


def texts_of(code: int, subcode: int | None) -> EventTexts:
    """Return the texts of the document's samples."""
    if code == GRANTED:
        return EventTexts("Access Granted", None, 1, "Door Access Granted")
    text = None if subcode is None else Denial(subcode).name.replace("_", " ").title()
    return EventTexts("Access Denied", text, 2, "Door Access Denied")


def report(turn: Turn, state: State, bridge: Bridge, event: CoreEvent) -> int | None:
    """Send a core's event to the system by its bridge. Return its id, or None while the bridge is offline."""
    if not bridge.online:
        bridge.held.append(event)
        return None
    return _record(turn, state, event)


def deliver(turn: Turn, state: State, bridge: Bridge) -> None:
    """Record the events that the cores kept while their bridge was offline, oldest first."""
    held, bridge.held = bridge.held, []
    for event in held:
        _record(turn, state, event)


def _record(turn: Turn, state: State, event: CoreEvent) -> int:
    random = turn.random("event", state.last_event)
    transit = SECOND + random.below(5 * SECOND)
    last = state.events[-1].db if state.events else 0
    state.last_event += 1 + random.pick((0, 0, 0, 0, 1, 4))
    db = max(turn.now + transit, last)
    db -= db % MS
    state.events.append(Event(state.last_event, event, db))
    _note_use(state, event, db, turn.now)
    excess = _arrived_count(state, turn.now) - state.event_cache
    if excess > 0:
        drop_oldest(state, excess)
    return state.last_event


def _note_use(state: State, event: CoreEvent, db: int, now: int) -> None:
    holder = indexes_of(state).holder(event.card_num)
    if isinstance(holder, Fob):
        state.fobs[holder.id] = holder.with_use(FobUse(event.at, db), now)


def drop_oldest(state: State, count: int) -> None:
    """Remove this many events from the cache for good."""
    state.dropped = state.events[count - 1].id
    del state.events[:count]


def _arrived_count(state: State, now: int) -> int:
    return bisect_right(state.events, now, key=lambda event: event.db)


def arrived(state: State, now: int, after: int | None = None) -> Sequence[Event]:
    """Return the cached events that have arrived, newest first; with `after`, only those with higher ids."""
    count = _arrived_count(state, now)
    first = max(0, count - state.event_cache)
    if after is not None:
        first = max(first, bisect_right(state.events, after, key=lambda event: event.id))
    return state.events[first:count][::-1]
