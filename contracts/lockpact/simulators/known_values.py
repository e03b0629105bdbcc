"""The values that the two sides of an example have named: ids, cards, codes, times. Later requests and actions use them.

A value is known by the name of its member, parameter or argument. Names count as alike if one contains the other: `card` and
`card_num`, `email` and `clientemail`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from lockpact.core.traffic import Exchange
from locksim.api import time_zones
from locksim.engine.timestamps import SECOND

__all__ = ["KnownValues", "Scalar", "TimedRecord", "alike", "fields_of", "names_any"]

Scalar = str | int | float | bool

_KEPT = 12
"""Values of a name that are kept: the latest."""
_ITEMS, _RECORDS = 50, 400
"""Items of a list that are learnt, and objects whose times are looked for: the latest."""
_LONGEST = 400
"""Characters of a text that may be used again."""
_SHORTEST_PART = 3
"""Characters of a name that is looked for within others: `id` is in too many."""
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?(?:\.\d+)?(Z|\+00:00)?", re.ASCII)
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_ID = re.compile(r"id|mac|lockid|.*I[dD]", re.ASCII)
_EPOCH = range(1_500_000_000, 4_000_000_000)
"""Numbers that are taken for times: seconds since 1970."""


class TimedRecord(NamedTuple):
    """A time that an object named, in µs UTC, and the other members of the object."""

    at: int
    record: Mapping[str, Scalar]


class KnownValues:
    """The values of one example."""

    def __init__(self) -> None:
        self._by_name: dict[str, dict[Scalar, None]] = {}
        self._ids: dict[str, list[Scalar]] = {}
        self._records: list[tuple[Mapping[str, Scalar], Mapping[str, Scalar]]] = []
        """Objects: with the members of the objects around them, and their own."""
        self.preferred: Mapping[str, Scalar] = {}
        """Values of these names come first."""

    def learn_exchange(self, exchange: Exchange) -> None:
        """Learn what a request and its answer name."""
        for name, value in exchange.query:
            self.learn(value, name)
        self.learn(fields_of(exchange.body))
        self.learn_answer(exchange.path, exchange.json)

    def learn_answer(self, path: str, answer: Any) -> None:
        """Learn what the answer to a request of this path names."""
        self.learn(answer)
        if ids := _ids_of_items(answer):
            self._ids[path.rstrip("/")] = ids

    def learn_id(self, collection: str, name: str, id: Scalar) -> None:
        """Learn the id of an object of a collection, which paths have under this name."""
        self.learn(id, name)
        ids = self._ids.setdefault(collection.rstrip("/"), [])
        if id not in ids:
            ids.append(id)

    def learn(self, value: Any, name: str = "", around: Mapping[str, Scalar] | None = None) -> None:
        """Learn a JSON value. `name` is the name that its texts and numbers have; `around` has the members around it."""
        if isinstance(value, Mapping):
            scalars = {str(key): one for key, one in value.items() if isinstance(one, Scalar) and one != ""}
            record = {**(around or {}), **scalars}
            self._records.append((record, scalars))
            for key, one in value.items():
                self.learn(one, str(key), record)
        elif isinstance(value, list | tuple):
            for one in value[:_ITEMS]:
                self.learn(one, name, around)
        elif isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) <= _LONGEST:
            known = self._by_name.setdefault(_plain(name), {})
            known.pop(value, None)
            known[value] = None
            if len(known) > _KEPT:
                del known[next(iter(known))]

    def named(self, name: str, path: str = "") -> list[Scalar]:
        """Return the known values of this name, or else those of names like it; the preferred ones alone if there are any.

        An `id` in a request to `path` is one of that collection, a `user_id` one of the collection of users.
        """
        plain = _plain(name)
        preferred = [value for key, value in self.preferred.items() if _alike(plain, _plain(key))]
        if preferred:
            return preferred
        if plain.endswith("id") and path:
            stem = plain.removesuffix("id")
            ids = (
                self.ids_below(path)
                if not stem
                else [i for at, some in self._ids.items() if _alike(stem, _last(at)) for i in some]
            )
            if ids:
                return ids
        if plain in self._by_name:
            return list(self._by_name[plain])
        if "email" in plain:
            return [one for values in self._by_name.values() for one in values if isinstance(one, str) and "@" in one]
        return [value for key, values in self._by_name.items() if _alike(plain, key) for value in values]

    def ids_below(self, path: str) -> list[Scalar]:
        """Return the ids that the answers about this collection had."""
        return next((ids for known, ids in self._ids.items() if known.endswith(path.rstrip("/"))), [])

    def records_with(self, names: Iterable[str]) -> list[Mapping[str, Scalar]]:
        """Return the latest objects that have a member whose name is like one of these."""
        return [record for record, own in self._records[-_RECORDS:] if names_any(own, names)]

    def times_after(self, now: int, until: int) -> Iterator[TimedRecord]:
        """Yield the times between the two, in µs UTC, that objects have named. A time without a zone has several meanings."""
        zones = [
            "UTC",
            *dict.fromkeys(z for z in self.named("timezone") if isinstance(z, str) and time_zones.is_known(z)),
        ]
        latest = {value: record for record, own in self._records[-_RECORDS:] for value in own.values()}
        for value, record in latest.items():
            for at in _times(value, zones, now):
                if now < at <= until:
                    yield TimedRecord(at, record)

    def times(self) -> list[Scalar]:
        """Return all texts and numbers that are times of a day, as they were written."""
        return [value for values in self._by_name.values() for value in values if next(_times(value, ["UTC"], 0), None)]


def fields_of(body: bytes) -> Any:
    """Return the JSON value or the form fields of a request's body. A field that is JSON is parsed, too."""
    try:
        return json.loads(body or b"{}")
    except ValueError:
        form = parse_qsl(body.decode("latin-1"), keep_blank_values=True)
        return {name: fields_of(value.encode()) if value[:1] in ("{", "[") else value for name, value in form}


def names_any(record: Mapping[str, Scalar], names: Iterable[str]) -> bool:
    """Return whether an object has a member whose name is like one of these."""
    return any(_alike(_plain(name), _plain(key)) for name in names for key in record)


@cache
def alike(one: str, other: str) -> bool:
    """Return whether two names count as alike: `card` and `card_num`."""
    return _alike(_plain(one), _plain(other))


def _plain(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _last(path: str) -> str:
    return _plain(path.rpartition("/")[2])


def _alike(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) >= _SHORTEST_PART and (one in other or other in one))


def _ids_of_items(answer: Any) -> list[Scalar]:
    """Return the ids of the objects in an answer that is a list or has one."""
    found: list[Any] = []
    lists = [answer] if isinstance(answer, list) else list(answer.values()) if isinstance(answer, dict) else []
    for items in lists:
        objects = [item for item in items[:_ITEMS] if isinstance(item, dict)] if isinstance(items, list) else []
        key = next((key for key in (objects[0] if objects else ()) if _ID.fullmatch(key)), None)
        found += [item[key] for item in objects if key in item]
    return [one for one in found if isinstance(one, Scalar)]


def _times(value: Scalar, zones: list[str], now: int) -> Iterator[int]:
    """Yield the times that a value may mean. A time of day is the next one."""
    if isinstance(value, int) and value in _EPOCH:
        yield value * SECOND
    elif isinstance(value, str) and (match := _TIME_OF_DAY.fullmatch(value)) is not None:
        for zone in zones if now else ():
            today = time_zones.local_time(now, zone).replace(tzinfo=None, hour=int(match[1]), minute=int(match[2]))
            for local in (today, today + timedelta(days=1)):
                yield time_zones.start_of(local.replace(second=int(match[3] or 0), microsecond=0), zone)
    elif isinstance(value, str) and (match := _DATE.fullmatch(value)) is not None:
        try:
            local = datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00'}")
        except ValueError:
            return
        for zone in zones[:1] if match[3] else zones:
            yield time_zones.start_of(local, zone)
