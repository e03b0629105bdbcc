"""Laws about reading events: each event once, in order, across restarts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.lockt.laws.exchanges import sent_to
from lockpact.lockt.port import News
from lockpact.lockt.truth import LocktStep

__all__ = ["each_event_once", "either_cursor_will_do", "late_events_are_read"]


def _seen(s: LocktStep) -> int | None:
    """Return the id of the newest event that was read before; None at the first read."""
    seen: int | None = s.given.get("seen")
    return seen


def _readable(s: LocktStep) -> tuple[list[int], list[int]]:
    """Return the ids that could be read when the step began, and when it ended."""
    since = _seen(s) or 0
    before = [one.id for one in s.before.events if one.id > since and one.id > s.after.gone]
    return before, [one.id for one in s.after.events if one.id > since]


def _ids(result: Any) -> list[int]:
    return [event.id for event in result.events] if isinstance(result, News) else []


def _judgeable(s: LocktStep) -> bool:
    return s.error is None and isinstance(s.result, News)


@law(
    "LT-EVENT-1",
    "reads every event once, in order, across restarts; reports a loss",
    on="read_events",
    evidence="GET /events: at most 5,000 are kept; GET /events?id: events after an id, newest first",
    mutants=("newest_first", "reads_all_again", "forgets_its_cursor", "hides_the_loss", "only_the_newest", "first_hundred_events",
             "cursor_of_the_oldest", "always_reports_a_loss", "cursor_skips_one", "loss_at_first",
             "cache_is_shorter_than_it_says", "never_begins_again", "loss_before_the_first"),
)  # fmt: skip
def each_event_once(s: LocktStep) -> Judged:
    """A door log with gaps or duplicates proves nothing."""
    if not _judgeable(s) or s.given.get("inclusive"):
        return UNTRIGGERED
    reported = _ids(s.result)
    since, (before, after) = _seen(s), _readable(s)
    if since is None and not after:
        return UNTRIGGERED
    assert reported == sorted(set(reported)), (
        f"expected each event once, in ascending order of ids; the client reported {_some(reported)}"
    )
    old = [one for one in reported if since is not None and one <= since]
    assert not old, f"events up to {since} had been read; the client reported {_some(old)} again"
    missing = [one for one in before if one not in reported]
    assert not missing, f"event {_some(missing)} could be read; the client did not report it"
    unknown = sorted(set(reported) - set(after))
    assert not unknown, f"the client reported events that do not exist: {_some(unknown)}"
    assert since is not None or s.after.gone or not s.result.lost, "nothing was ever dropped; the client reports a loss"
    if since is not None:
        gone = s.before.gone
        assert gone <= since or s.result.lost, (
            f"events after {since} and up to {gone} were dropped before they were read; the client reports no loss"
        )
        assert s.after.gone >= since or not s.result.lost, (
            f"nothing after {since} was dropped; the client reports a loss"
        )
    return None


def _some(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids[:5])) + (" …" if len(ids) > 5 else "")


@law(
    "LT-EVENT-2",
    "reads correctly whether the cursor is inclusive or not",
    on="read_events",
    evidence='Endpoints: "starting with the last event id"; GET /events?id: "after the specified id"',
    mutants=("doubles_the_edge", "skips_the_first", "asks_for_the_next_id"),
)
def either_cursor_will_do(s: LocktStep) -> Judged:
    """The document says both: `starting with the last event id` and `after the specified id`."""
    since = _seen(s)
    if not _judgeable(s) or since is None or not s.given.get("inclusive"):
        return UNTRIGGERED
    if not any(x.altered for x in sent_to(s.traffic, "/events")):
        return UNTRIGGERED
    reported, (before, _) = _ids(s.result), _readable(s)
    again = [one for one in reported if one <= since]
    assert not again, f"the cursor included event {_some(again)}, which had been read; the client reported it again"
    missing = [one for one in before if one not in reported]
    assert not missing, f"the cursor included an event that had been read; the client left out {_some(missing)}"
    assert len(reported) == len(set(reported)), "the client reported an event twice"
    return None


@law(
    "LT-EVENT-3",
    "continues by event id, never by the device's time",
    on="read_events",
    evidence="GET /events: the samples were recorded (db_time) up to eight hours after they happened (hw_time)",
    mutants=("cursor_by_time", "sorts_by_time", "drops_late_events"),
)
def late_events_are_read(s: LocktStep) -> Judged:
    """Events that a core kept while its bridge was offline may be older than events that were read already."""
    since = _seen(s)
    if not _judgeable(s) or s.given.get("inclusive"):
        return UNTRIGGERED
    happened = {event.id: event.happened for event in s.after.events}
    read = [happened[one] for one in happened if since is not None and one <= since]
    new = [one for one in _readable(s)[0] if one in happened]
    late = [one for one in new if read and happened[one] < max(read)]
    times = [happened[one] for one in new]
    if not late and times == sorted(times):
        return UNTRIGGERED
    reported = _ids(s.result)
    missing = [one for one in late if one not in reported]
    assert not missing, f"event {_some(missing)} arrived late, and the client left it out"
    assert reported == sorted(reported), (
        f"expected events in the order of their ids; the client reported {_some(reported)}"
    )
    return None
