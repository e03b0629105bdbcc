"""What becomes of a card shown to a door: an event.

    core ──(bridge online: 1 to 6 s)──► recorded under the next id, in the cache ──(5,000 newer ones)──► gone
      └──(its bridge offline)──► kept by the core ──(bridge back)──► recorded then, with the hour of the core

So ids follow the order of recording (`db_time`), never that of happening (`hw_time`): another bridge was not offline.
Nothing here needs a timer: an event that has not arrived yet is one whose `db` lies ahead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from locksim.engine.timestamps import SECOND
from locksim.engine.turn import Turn
from locksim.lockt.state import Bridge, Event, Held, State

__all__ = ["DENIED", "GRANTED", "Denial", "Words", "arrived", "back_online", "forget", "note", "words_of"]

GRANTED = 48
DENIED = 49
MS = 1_000


class Denial(IntEnum):
    """Subcodes of a denial, in the order in which they are judged. 104 is the document's; the others are assumed."""

    BATTERY_MISSING = 104
    DOOR_DISABLED = 105
    UNKNOWN_CARD = 106
    USER_DISABLED = 107
    NOT_YET_EFFECTIVE = 108
    EXPIRED = 109
    NO_ACCESS_LEVEL = 110
    OUT_OF_SCHEDULE = 111


class Words(NamedTuple):
    """How the API names a code and its category, and a subcode (None on what is granted)."""

    code: str
    subcode: str | None
    category: int
    category_text: str


def words_of(code: int, subcode: int | None) -> Words:
    """The texts of the event table."""
    if code == GRANTED:
        return Words("Access Granted", None, 1, "Door Access Granted")
    said = None if subcode is None else Denial(subcode).name.replace("_", " ").title()
    return Words("Access Denied", said, 2, "Door Access Denied")


def note(turn: Turn, state: State, bridge: Bridge, what: Held) -> int | None:
    """A core has noted something. → the event's id; None while its bridge is offline, for nobody knows it yet."""
    if not bridge.online:
        bridge.held.append(what)
        return None
    return _record(turn, state, what)


def back_online(turn: Turn, state: State, bridge: Bridge) -> None:
    """A bridge is back: what its cores kept is recorded now, the oldest first."""
    held, bridge.held = bridge.held, []
    for what in held:
        _record(turn, state, what)


def _record(turn: Turn, state: State, what: Held) -> int:
    chance = turn.random("event", state.last_event)
    on_the_way = SECOND + chance.below(5 * SECOND)
    last = state.events[-1].db if state.events else 0
    state.last_event += 1 + chance.pick((0, 0, 0, 0, 1, 4))
    db = max(turn.now + on_the_way, last)
    state.events.append(Event(state.last_event, what, db - db % MS))
    forgotten = _here(state, turn.now) - state.event_cache
    if forgotten > 0:
        forget(state, forgotten)
    return state.last_event


def forget(state: State, count: int) -> None:
    """The oldest so many leave the cache for good."""
    state.dropped = state.events[count - 1].id
    del state.events[:count]


def _here(state: State, now: int) -> int:
    """How many have arrived."""
    return bisect_right(state.events, now, key=lambda event: event.db)


def arrived(state: State, now: int, after: int | None = None) -> Sequence[Event]:
    """What the cache holds, newest first; with `after`, only ids beyond it."""
    here = _here(state, now)
    first = max(0, here - state.event_cache)
    if after is not None:
        first = max(first, bisect_right(state.events, after, key=lambda event: event.id))
    return state.events[first:here][::-1]
