"""Reading what happened: each event once, in order, for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.lockt.laws.wire import to
from lockpact.lockt.port import News
from lockpact.lockt.truth import LocktStep

__all__ = ["each_event_once", "either_cursor_will_do", "late_events_are_read"]


def _seen(s: LocktStep) -> int | None:
    """The id of the newest event that was read before; None at the first read."""
    seen: int | None = s.given.get("seen")
    return seen


def _readable(s: LocktStep) -> tuple[list[int], list[int]]:
    """The ids that could be read at the step's begin, and at its end."""
    since = _seen(s) or 0
    before = [one for one, _ in s.before.events if one > since and one > s.after.gone]
    return before, [one for one, _ in s.after.events if one > since]


def _ids(result: Any) -> list[int]:
    return [event.id for event in result.events] if isinstance(result, News) else []


def _judgeable(s: LocktStep) -> bool:
    return s.error is None and isinstance(s.result, News)


@law(
    "LT-EVENT-1",
    "reads every event once, in order, across restarts; loss is told, not hidden",
    on="read_events",
    evidence="GET /events: at most 5,000 are kept; GET /events?id: events after an id, newest first",
    mutants=("newest_first", "reads_all_again", "forgets_its_cursor", "hides_the_loss", "only_the_newest",
             "cursor_of_the_oldest", "always_cries_loss", "cursor_skips_one", "cache_is_shorter_than_it_says"),
)  # fmt: skip
def each_event_once(s: LocktStep) -> Judged:
    """A door log with holes, or with doubles, proves nothing."""
    if not _judgeable(s) or s.given.get("inclusive"):
        return UNTRIGGERED
    told = _ids(s.result)
    since, (before, after) = _seen(s), _readable(s)
    if since is None and not after:
        return UNTRIGGERED
    assert told == sorted(set(told)), f"events are to be told once and in order, and the client told {_some(told)}"
    old = [one for one in told if since is not None and one <= since]
    assert not old, f"events up to {since} had been read, and the client told {_some(old)} again"
    missing = [one for one in before if one not in told]
    assert not missing, f"event {_some(missing)} could be read, and the client did not tell of it"
    assert set(told) <= set(after), f"the client told of events that are none: {_some(sorted(set(told) - set(after)))}"
    if since is not None:
        gone = s.before.gone
        assert gone <= since or s.result.lost, (
            f"events after {since} and up to {gone} were dropped before they were read, and the client does not tell"
        )
        assert s.after.gone >= since or not s.result.lost, (
            f"nothing after {since} was dropped, and the client tells of a loss"
        )
    return None


def _some(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids[:5])) + (" …" if len(ids) > 5 else "")


@law(
    "LT-EVENT-2",
    "right whether the cursor is inclusive or not",
    on="read_events",
    evidence='Endpoints: "starting with the last event id"; GET /events?id: "after the specified id"',
    mutants=("doubles_the_edge", "skips_the_first", "asks_for_the_next_id"),
)
def either_cursor_will_do(s: LocktStep) -> Judged:
    """The document says both."""
    since = _seen(s)
    if not _judgeable(s) or since is None or not s.given.get("inclusive"):
        return UNTRIGGERED
    if not any(x.altered for x in to(s.traffic, "/events")):
        return UNTRIGGERED
    told, (before, _) = _ids(s.result), _readable(s)
    again = [one for one in told if one <= since]
    assert not again, f"the cursor included event {_some(again)}, which had been read, and the client told it again"
    missing = [one for one in before if one not in told]
    assert not missing, f"the cursor included the event before, and the client left out {_some(missing)}"
    assert len(told) == len(set(told)), "the client told an event twice"
    return None


@law(
    "LT-EVENT-3",
    "the cursor goes by id, never by the device's time",
    on="read_events",
    evidence="GET /events: the samples were recorded (db_time) up to eight hours after they happened (hw_time)",
    mutants=("cursor_by_time", "sorts_by_time", "drops_old_hours"),
)
def late_events_are_read(s: LocktStep) -> Judged:
    """What a core kept while the bridge was offline happened before what was read already."""
    since = _seen(s)
    if not _judgeable(s) or s.given.get("inclusive"):
        return UNTRIGGERED
    hours = dict(s.after.events)
    read = [hours[one] for one in hours if since is not None and one <= since]
    new = [one for one in _readable(s)[0] if one in hours]
    late = [one for one in new if read and hours[one] < max(read)]
    times = [hours[one] for one in new]
    if not late and times == sorted(times):
        return UNTRIGGERED
    told = _ids(s.result)
    missing = [one for one in late if one not in told]
    assert not missing, f"event {_some(missing)} happened before one that was read, came later, and was left out"
    assert told == sorted(told), f"ids tell the order, and the client told {_some(told)}"
    return None
