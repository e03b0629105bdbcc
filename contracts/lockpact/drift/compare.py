"""Compare what two servers answered to the same steps.

Each server's answers are normalized first: an id becomes a number in the order of first appearance, a time becomes its
distance from the sequence's begin, and the server's own addresses become one word. What remains must be equal.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from lockpact.drift.operations import OperationTable, values_at
from lockpact.drift.server_under_test import Observation

__all__ = ["WEIGHTS", "Difference", "Normalizer", "differences"]

WEIGHTS = {
    "status": "breaking",
    "error body": "risky",
    "key gone": "breaking",
    "key new": "harmless",
    "type": "breaking",
    "null": "breaking",
    "enum value": "risky",
    "order": "harmless",
    "header": "harmless",
    "paging": "risky",
    "side effect": "breaking",
    "timing": "breaking",
}
"""Class of a difference → what it means for a client that was correct before."""

TOLERANCE = 2_000_000
"""Microseconds by which times may differ: two servers are not asked at exactly the same time."""

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_NUMBERED_OR_TIMED = re.compile(r"<[^<>]* \d+>|(?<=_NormalTime\(offset=)-?\d+")
"""What differs between two servers' equal items, in their `repr`."""
_SHUFFLED = "order of items"


@dataclass(frozen=True)
class Difference:
    """One place of one operation's answer where two servers differ."""

    operation: str
    where: str
    """`status`, `header content-type`, or the place in the body, as `*.lastKnownState.stateName`."""
    kind: str
    """Its class, as far as the answer alone shows it."""
    baseline: str
    candidate: str
    index: int
    """The index of the step whose answer differs."""
    shuffled: bool = False
    """Whether a list has the same items in another order, so that "the first item" means different objects."""

    @property
    def place(self) -> str:
        """`where`; for a status with both values, since one operation may change from and to several."""
        return f"status {self.baseline} → {self.candidate}" if self.where == "status" else self.where

    @property
    def key(self) -> tuple[str, str, str]:
        """Identifies the same difference in other sequences."""
        return self.operation, self.kind, self.place


@dataclass(frozen=True)
class _NormalTime:
    """A time: its distance from the sequence's begin (0: then or before), and the form in which it is written."""

    offset: int
    form: str


@dataclass(frozen=True, repr=False)
class _NormalId:
    """An id: its number, which is the same for both servers, and the type of the value."""

    name: str
    kind: type

    def __repr__(self) -> str:
        return self.name if self.kind is str else f"{self.name} ({self.kind.__name__})"


class Normalizer:
    """Removes from one server's answers of one sequence what is specific to the server."""

    def __init__(self, table: OperationTable, began: int, addresses: Sequence[str]) -> None:
        self._table, self._began = table, began
        self._addresses = sorted((a for a in addresses if a), key=len, reverse=True)
        self._names: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._longest_first: list[tuple[str, str]] = []
        """The items of `_names`, the longest ids first, since one may contain another."""

    def normalize(self, value: Any, free: frozenset[str] = frozenset(), key: str = "", sorted_by: str = "") -> Any:
        """Return the normal form of a value. Of the keys in `free` only the value's type is kept.

        `sorted_by`: where the attribute is that lists were asked to be sorted by.
        """
        table = self._table
        if isinstance(value, dict):
            spans = {name: _span(value, since, name) for name, since in table.since.items() if name in value}
            return {
                name: self.normalize(member, free, name, sorted_by) if spans.get(name) is None else spans[name]
                for name, member in value.items()
            }
        if isinstance(value, list):
            return [self.normalize(item, free, key) for item in self._in_order(value, free, sorted_by)]
        if value is None or isinstance(value, bool):
            return value
        if key in table.identities:
            return _NormalId(self._name(str(value), key), type(value))
        if key in free:
            return type(value)()
        if key in table.times or (isinstance(value, str) and _TIME.fullmatch(value)):
            return self._time(value)
        return self._text(value) if isinstance(value, str) else value

    def _name(self, value: str, key: str) -> str:
        # Counted separately for each key, so that a key that one server lacks does not shift the others.
        if value not in self._names:
            self._counts[key] += 1
            self._names[value] = f"<{key} {self._counts[key]}>"
        return self._names[value]

    def _in_order(self, items: list[Any], free: frozenset[str], sorted_by: str) -> list[Any]:
        """Sort items with the same creation time by their normal form, since servers order them by their ids.

        Of items that were asked to be sorted by an attribute, only those that have the same value there.
        """

        def normal_form(item: Any) -> str:
            copy = Normalizer(self._table, self._began, self._addresses)
            copy._names, copy._counts = dict(self._names), self._counts.copy()
            return repr(copy.normalize(item, free))

        where = self._table.moment
        if not where or len(items) < 2:
            return items
        ordered: list[Any] = []

        def place(item: Any) -> object:
            times = values_at(item, where)
            return (times, repr(values_at(item, sorted_by)) if sorted_by else "") if times else id(item)

        for _, group in groupby(items, place):
            same_time = list(group)
            ordered += same_time if len(same_time) == 1 else sorted(same_time, key=normal_form)
        return ordered

    def _text(self, text: str) -> str:
        for address in self._addresses:
            text = text.replace(address, "<here>")
        if len(self._longest_first) < len(self._names):
            self._longest_first = sorted(self._names.items(), key=lambda named: len(named[0]), reverse=True)
        for value, name in self._longest_first:
            if len(value) > 3:
                text = text.replace(value, name)
        return _TIMESTAMP.sub("<time>", text)

    def _time(self, value: Any) -> Any:
        at = _instant(value)
        return value if at is None else _NormalTime(max(0, at - self._began), _form(value))


def _form(value: Any) -> str:
    return re.sub(r"\d", "0", value) if isinstance(value, str) else "0"


def _instant(value: Any) -> int | None:
    """Return a time in microseconds; None if the value is none. A text without a time zone counts as UTC."""
    try:
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
            return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1_000_000)
        return int(value * 1_000_000)
    except (ValueError, OverflowError, TypeError):
        return None


def _span(value: Mapping[str, Any], since: str, until: str) -> _NormalTime | None:
    """Return the time of one key as the distance from that of another; None if either is not a time."""
    begin, end = _instant(value.get(since)), _instant(value[until])
    return None if begin is None or end is None else _NormalTime(end - begin, _form(value[until]))


def differences(
    table: OperationTable,
    baseline: Sequence[Observation],
    candidate: Sequence[Observation],
    left: Normalizer,
    right: Normalizer,
) -> Iterator[Difference]:
    """Yield all differences in order, as long as both servers were asked the same."""
    for index in range(max(len(baseline), len(candidate))):
        a = baseline[index] if index < len(baseline) else None
        b = candidate[index] if index < len(candidate) else None
        if a is None or b is None or a.operation != b.operation:
            seen = a or b
            assert seen is not None
            was, now = _short(a and a.operation), _short(b and b.operation)
            yield Difference(seen.operation, "delivery", "side effect", was, now, index)
            return
        if -1 in (a.status, b.status):
            if a.status != b.status:
                return  # one server lacks the object to name, which an earlier difference has shown
            continue
        if left.normalize(a.sent) != right.normalize(b.sent):
            return  # they were not asked the same: they have named different numbers of values
        yield from _compare_answers(table, a, b, left, right, index)


def _compare_answers(
    table: OperationTable, a: Observation, b: Observation, left: Normalizer, right: Normalizer, index: int
) -> Iterator[Difference]:
    free, by = table.free_in(a.operation), table.sorted_in(a.operation)
    body_a, body_b = left.normalize(a.body, free, sorted_by=by), right.normalize(b.body, free, sorted_by=by)
    failed_a, failed_b = _failed(table, a), _failed(table, b)
    if a.status != b.status or failed_a != failed_b:
        yield Difference(a.operation, "status", "status", _outcome(a, failed_a), _outcome(b, failed_b), index)
        return
    for name in sorted(table.headers & (a.headers.keys() | b.headers.keys())):
        was, now = left.normalize(a.headers.get(name), key=name), right.normalize(b.headers.get(name), key=name)
        if was != now:
            yield Difference(a.operation, f"header {name}", "header", str(was), str(now), index)
    for where, what, was, now in _compare(table, body_a, body_b, ""):
        shuffled = what == _SHUFFLED
        kind = "error body" if failed_a else "order" if shuffled else what
        yield Difference(a.operation, where, kind, was, now, index, shuffled)


def _failed(table: OperationTable, observation: Observation) -> bool:
    return observation.status is None or table.fails(observation.status, observation.body)


def _outcome(observation: Observation, failed: bool) -> str:
    """Return the status, and with a success status also whether the answer is a refusal."""
    status = observation.status
    return f"{status}, a failure" if failed and status is not None and status < 400 else str(status)


_Change = tuple[str, str, str, str]
"""(place, class, value of the baseline, value of the candidate)"""


def _compare(table: OperationTable, a: Any, b: Any, where: str) -> Iterator[_Change]:
    if isinstance(a, dict) and isinstance(b, dict):
        yield from _compare_objects(table, a, b, where)
    elif isinstance(a, list) and isinstance(b, list):
        yield from _compare_lists(table, a, b, where)
    elif isinstance(a, _NormalTime) and isinstance(b, _NormalTime):
        if a.form != b.form:
            yield where, "type", a.form, b.form
        elif abs(a.offset - b.offset) > TOLERANCE:
            yield where, "timing", _distance(a), _distance(b)
    elif (a is None) != (b is None):
        yield where, "null", _short(a), _short(b)
    elif type(a) is not type(b) or (isinstance(a, _NormalId) and a.kind is not b.kind):
        yield where, "type", _json(a), _json(b)
    elif a != b:
        key = where.rpartition(".")[2]
        yield where, "paging" if key in table.paged else "enum value", _short(a), _short(b)


def _compare_objects(
    table: OperationTable, a: Mapping[str, Any], b: Mapping[str, Any], where: str
) -> Iterator[_Change]:
    for key in a:
        place = f"{where}.{key}".lstrip(".")
        if key not in b:
            yield place, "key gone", _short(a[key]), ""
        else:
            yield from _compare(table, a[key], b[key], place)
    for key in b:
        if key not in a:
            yield f"{where}.{key}".lstrip("."), "key new", "", _short(b[key])
    if [key for key in a if key in b] != [key for key in b if key in a]:
        yield where, "order", " ".join(a), " ".join(b)


def _compare_lists(table: OperationTable, a: list[Any], b: list[Any], where: str) -> Iterator[_Change]:
    place = f"{where}.*".lstrip(".")
    if len(a) != len(b):
        # The shorter list may be the beginning of the longer one: compared like all else, since times are never quite equal.
        pairs = list(zip(a, b, strict=False))
        is_beginning = bool(pairs) and not any(True for one, other in pairs for _ in _compare(table, one, other, place))
        yield where, "paging" if is_beginning else "side effect", f"{len(a)} items", f"{len(b)} items"
        return
    if a != b and _same_items(a, b):
        yield where, _SHUFFLED, _short(a), _short(b)
        return
    yielded: set[tuple[str, str]] = set()
    for item_a, item_b in zip(a, b, strict=True):
        for change in _compare(table, item_a, item_b, place):
            if change[:2] not in yielded:
                yielded.add(change[:2])
                yield change


def _same_items(a: list[Any], b: list[Any]) -> bool:
    """Return whether two lists have the same items in different orders.

    Ids are numbered in the order of first appearance, so another order gives other numbers, and times are never quite equal.
    If the items without them are in another order, both are ignored.
    """
    texts_a, texts_b = list(map(repr, a)), list(map(repr, b))
    if sorted(texts_a) == sorted(texts_b):
        return True
    texts_a, texts_b = ([_NUMBERED_OR_TIMED.sub("<>", text) for text in texts] for texts in (texts_a, texts_b))
    return texts_a != texts_b and sorted(texts_a) == sorted(texts_b)


def _distance(time: _NormalTime) -> str:
    return f"{time.offset / 1e6:+g} s"


def _json(value: Any) -> str:
    """Return the value so that its type is visible: `0`, `"0"`."""
    return _short(json.dumps(value, ensure_ascii=False, default=repr))


def _short(value: Any) -> str:
    text = "null" if value is None else repr(value) if not isinstance(value, str) or not value else value
    return text if len(text) <= 120 else f"{text[:119]}…"
