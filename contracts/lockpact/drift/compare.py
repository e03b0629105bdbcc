"""What two servers said to the same steps, and how it differs.

Each answer is read through its own side's eyes first: what only says *which* thing becomes a number in the order of first
sight, times become distances from the sequence's begin, the server's own addresses become one word. What is left must be
the same.
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

from lockpact.drift.script import OperationTable, reach
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
"""class of a difference → what it means to a client that was right before."""

TOLERANCE = 2_000_000
"""Microseconds by which times may differ: two servers are not asked in the same moment."""

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_NUMBER = re.compile(r"<[^<>]* \d+>")
_SHUFFLED = "order of items"


@dataclass(frozen=True)
class Difference:
    """One place of one operation's answer where two servers differ."""

    operation: str
    where: str
    """`status`, `header content-type`, or the place in the body, as `*.lastKnownState.stateName`."""
    kind: str
    """Its class, as far as the answer itself shows it."""
    baseline: str
    candidate: str
    index: int
    """The step at which it showed."""
    shuffled: bool = False
    """A list has its items in another order, so that who names the first of them names another."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same difference in another sequence."""
        return self.operation, self.kind, self.where


@dataclass(frozen=True)
class _At:
    """A time: its distance from the begin (0: then or before), and the form it is written in."""

    offset: int
    form: str


@dataclass(frozen=True, repr=False)
class _Which:
    """Which thing: the same number on either side; and what its name is written as, which clients see too."""

    name: str
    kind: type

    def __repr__(self) -> str:
        return self.name if self.kind is str else f"{self.name} ({self.kind.__name__})"


class Normalizer:
    """How one side's answers of one sequence are read."""

    def __init__(self, script: OperationTable, began: int, addresses: Sequence[str]) -> None:
        self._script, self._began = script, began
        self._addresses = sorted((a for a in addresses if a), key=len, reverse=True)
        self._names: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._longest: list[tuple[str, str]] = []
        """The same, the longest values first: one may stand within another."""

    def read(self, said: Any, free: frozenset[str] = frozenset(), key: str = "") -> Any:
        """The same answer, with nothing in it that is this side's own. `free`: keys of which only the type is told."""
        script = self._script
        if isinstance(said, dict):
            return {name: self.read(value, free, name) for name, value in said.items()}
        if isinstance(said, list):
            return [self.read(item, free, key) for item in self._in_order(said, free)]
        if said is None or isinstance(said, bool):
            return said
        if key in script.identities:
            return _Which(self._name(str(said), key), type(said))
        if key in free:
            return type(said)()
        if key in script.times or (isinstance(said, str) and _TIME.fullmatch(said)):
            return self._time(said)
        return self._text(said) if isinstance(said, str) else said

    def _name(self, value: str, key: str) -> str:
        """Counted apart for each key, so that one that a side lacks does not shift the rest."""
        if value not in self._names:
            self._counts[key] += 1
            self._names[value] = f"<{key} {self._counts[key]}>"
        return self._names[value]

    def _in_order(self, items: list[Any], free: frozenset[str]) -> list[Any]:
        """Those that came to be in one moment in an order that is the same on both sides, as their ids are not."""

        def alone(item: Any) -> str:
            eyes = Normalizer(self._script, self._began, self._addresses)
            eyes._names, eyes._counts = dict(self._names), self._counts.copy()
            return repr(eyes.read(item, free))

        where = self._script.moment
        if not where or len(items) < 2:
            return items
        told: list[Any] = []
        for _, group in groupby(items, lambda item: reach(item, where) or id(item)):
            same = list(group)
            told += same if len(same) == 1 else sorted(same, key=alone)
        return told

    def _text(self, text: str) -> str:
        for address in self._addresses:
            text = text.replace(address, "<here>")
        if len(self._longest) < len(self._names):
            self._longest = sorted(self._names.items(), key=lambda named: len(named[0]), reverse=True)
        for value, name in self._longest:
            if len(value) > 3:
                text = text.replace(value, name)
        return _INSTANT.sub("<time>", text)

    def _time(self, said: Any) -> Any:
        form = re.sub(r"\d", "0", str(said))
        try:
            if isinstance(said, str):
                moment = datetime.fromisoformat(said)
                at = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)
            else:
                at = int(said * 1_000_000)
        except (ValueError, OverflowError):
            return said
        return _At(max(0, at - self._began), form if isinstance(said, str) else "0")


def differences(
    script: OperationTable,
    baseline: Sequence[Observation],
    candidate: Sequence[Observation],
    left: Normalizer,
    right: Normalizer,
) -> Iterator[Difference]:
    """All of them, in their order, as far as both were asked the same."""
    for index in range(max(len(baseline), len(candidate))):
        a = baseline[index] if index < len(baseline) else None
        b = candidate[index] if index < len(candidate) else None
        if a is None or b is None or a.line != b.line:
            there = a or b
            assert there is not None
            yield Difference(there.line, "delivery", "side effect", _short(a and a.line), _short(b and b.line), index)
            return
        if -1 in (a.status, b.status):
            if a.status != b.status:
                return  # what it was to name was not found on one side: that showed before
            continue
        yield from _answers(script, a, b, left, right, index)


def _answers(
    script: OperationTable, a: Observation, b: Observation, left: Normalizer, right: Normalizer, index: int
) -> Iterator[Difference]:
    free = script.free_in(a.line)
    one, other = left.read(a.said, free), right.read(b.said, free)
    failed, fails = _failed(script, a), _failed(script, b)
    if a.status != b.status or failed != fails:
        yield Difference(a.line, "status", "status", _outcome(a, failed), _outcome(b, fails), index)
        return
    for name in sorted(script.headers & (a.headers.keys() | b.headers.keys())):
        was, now = left.read(a.headers.get(name), key=name), right.read(b.headers.get(name), key=name)
        if was != now:
            yield Difference(a.line, f"header {name}", "header", str(was), str(now), index)
    for where, what, was, now in _walk(script, one, other, ""):
        shuffled = what == _SHUFFLED
        kind = "error body" if failed else "order" if shuffled else what
        yield Difference(a.line, where, kind, was, now, index, shuffled)


def _failed(script: OperationTable, seen: Observation) -> bool:
    return seen.status is None or script.fails(seen.status, seen.said)


def _outcome(seen: Observation, failed: bool) -> str:
    """Its status; with a success status, also whether it was a refusal all the same."""
    return f"{seen.status}, a failure" if failed and seen.status is not None and seen.status < 400 else str(seen.status)


_Change = tuple[str, str, str, str]


def _walk(script: OperationTable, a: Any, b: Any, where: str) -> Iterator[_Change]:
    if isinstance(a, dict) and isinstance(b, dict):
        yield from _objects(script, a, b, where)
    elif isinstance(a, list) and isinstance(b, list):
        yield from _lists(script, a, b, where)
    elif isinstance(a, _At) and isinstance(b, _At):
        if a.form != b.form:
            yield where, "type", a.form, b.form
        elif abs(a.offset - b.offset) > TOLERANCE:
            yield where, "timing", _distance(a), _distance(b)
    elif (a is None) != (b is None):
        yield where, "null", _short(a), _short(b)
    elif type(a) is not type(b) or (isinstance(a, _Which) and a.kind is not b.kind):
        yield where, "type", _json(a), _json(b)
    elif a != b:
        key = where.rpartition(".")[2]
        yield where, "paging" if key in script.paged else "enum value", _short(a), _short(b)


def _objects(script: OperationTable, a: Mapping[str, Any], b: Mapping[str, Any], where: str) -> Iterator[_Change]:
    for key in a:
        place = f"{where}.{key}".lstrip(".")
        if key not in b:
            yield place, "key gone", _short(a[key]), ""
        else:
            yield from _walk(script, a[key], b[key], place)
    for key in b:
        if key not in a:
            yield f"{where}.{key}".lstrip("."), "key new", "", _short(b[key])
    if [key for key in a if key in b] != [key for key in b if key in a]:
        yield where, "order", " ".join(a), " ".join(b)


def _lists(script: OperationTable, a: list[Any], b: list[Any], where: str) -> Iterator[_Change]:
    place = f"{where}.*".lstrip(".")
    if len(a) != len(b):
        short, long = sorted((a, b), key=len)
        whole = long[: len(short)] == short
        yield where, "paging" if whole and short else "side effect", f"{len(a)} items", f"{len(b)} items"
        return
    if a != b and _same_items(a, b):
        yield where, _SHUFFLED, _short(a), _short(b)
        return
    told: set[tuple[str, str]] = set()
    for one, other in zip(a, b, strict=True):
        for found in _walk(script, one, other, place):
            if found[:2] not in told:
                told.add(found[:2])
                yield found


def _same_items(a: list[Any], b: list[Any]) -> bool:
    """Whether the same items stand in another order. Which is which was numbered in the order of first sight: where items
    without these numbers stand in another order, the numbers are of no account.
    """
    one, other = list(map(repr, a)), list(map(repr, b))
    if sorted(one) == sorted(other):
        return True
    one, other = [_NUMBER.sub("<>", item) for item in one], [_NUMBER.sub("<>", item) for item in other]
    return one != other and sorted(one) == sorted(other)


def _distance(at: _At) -> str:
    return f"{at.offset / 1e6:+g} s"


def _json(value: Any) -> str:
    """With its type to be seen: `0`, `"0"`."""
    return _short(json.dumps(value, ensure_ascii=False, default=repr))


def _short(value: Any) -> str:
    text = "null" if value is None else repr(value) if not isinstance(value, str) or not value else value
    return text if len(text) <= 120 else f"{text[:119]}…"
