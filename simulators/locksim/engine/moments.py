"""A world as it was after an earlier entry of its journal.

A moment is found by replay: from the journal's base, or from a checkpoint that an earlier search left on its way. A search
yields between its steps, so that a server can do other work meanwhile. What it keeps is bounded: one world and
`MAX_KEPT` checkpoints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from locksim.engine.contents import encode_state
from locksim.engine.errors import Unknown
from locksim.engine.journal import Entry
from locksim.engine.masking import Masker
from locksim.engine.world import WorldCore

__all__ = ["MAX_CHANGES", "Change", "Moments", "changes_between", "masked_change"]

MAX_KEPT = 32
"""Checkpoints that searches keep."""
MAX_CHANGES = 500
"""The most changes of the state that are listed."""
_STRIDE = 250
"""Entries from one kept checkpoint to the next, at least."""
_STEP = 20
"""Entries that a search replays before it yields."""


class Change(msgspec.Struct, omit_defaults=True):
    """A member of a vendor's state that a turn changed. A member that is missing was, or is, not there."""

    vendor: str
    path: str
    was: Any = msgspec.UNSET
    now: Any = msgspec.UNSET


class Moments:
    """Finds moments of one world."""

    def __init__(self, world: WorldCore) -> None:
        self._world = world
        self._forget()

    def _forget(self) -> None:
        journal = self._world.journal
        self._base = journal.base
        self._kept: dict[int, bytes] = {journal.base_n: journal.base}
        self._stride = _STRIDE
        self._at: WorldCore | None = None

    def after(self, n: int) -> Iterator[WorldCore | None]:
        """Yield None between steps of the search, and at last a copy of the world as it was after entry `n`.

        The copy belongs to this object: it changes with the next search. Its journal is empty.

        Raises:
            Unknown: The journal has no such entry (any more).
        """
        journal = self._world.journal
        if journal.base is not self._base:  # a reset, or old entries have left
            self._forget()
        if not journal.base_n <= n <= journal.last:
            raise Unknown(f"the journal has the entries {journal.base_n + 1} to {journal.last}, not {n}")
        copy = self._begin_before(n)
        self._at = None  # until the search has ended, `copy` is between two moments
        for done, entry in enumerate(journal.read(copy.journal.last, n - copy.journal.last), 1):
            _repeat(copy, entry)
            if copy.journal.last % self._stride == 0:
                self._keep(copy)
            if done % _STEP == 0:
                yield None
        self._at = copy
        yield copy

    def after_at_once(self, n: int) -> WorldCore:
        """Return a copy of the world as it was after entry `n`, as `after` does, without pauses. Raises Unknown."""
        return next(found for found in self.after(n) if found is not None)

    def _begin_before(self, n: int) -> WorldCore:
        nearest = max(at for at in self._kept if at <= n)
        if self._at is not None and nearest <= self._at.journal.last <= n:
            return self._at
        return _load(self._world, self._kept[nearest])

    def _keep(self, copy: WorldCore) -> None:
        self._kept[copy.journal.last] = copy.checkpoint()
        if len(self._kept) > MAX_KEPT:
            self._stride *= 2
            first = min(self._kept)
            self._kept = {at: kept for at, kept in self._kept.items() if at == first or at % self._stride == 0}


def _load(world: WorldCore, checkpoint: bytes) -> WorldCore:
    return WorldCore.load(world.vendors, checkpoint, name=world.name)


def _repeat(copy: WorldCore, entry: Entry) -> None:
    """Do once more what followed the last entry. The copy keeps no journal."""
    copy.run_again(entry.input, entry.failed)
    copy.journal.last = copy.journal.base_n = copy.journal.latest_n = entry.n


def changes_between(before: WorldCore, entry: Entry) -> list[Change]:
    """Run an entry in a world that stands before it, and return what it changes in the vendors' states."""
    was = {name: (encode_state(vendor, before.state(name)).data) for name, vendor in before.vendors.items()}
    _repeat(before, entry)
    found: list[Change] = []
    for name, vendor in before.vendors.items():
        now = encode_state(vendor, before.state(name)).data
        if now != was[name]:
            _compare(name, "", msgspec.msgpack.decode(was[name]), msgspec.msgpack.decode(now), found)
    return found


def masked_change(change: Change, masker: Masker) -> Change:
    """Return a change without secrets. What its last key says of a value counts as in any other data."""
    last = re.split(r"[.\[]", change.path)[-1]
    values = {
        key: masker.mask_data({last: value})[last]
        for key in ("was", "now")
        if (value := getattr(change, key)) is not msgspec.UNSET
    }
    return msgspec.structs.replace(change, path=masker.mask_data({"": change.path})[""], **values)


def _compare(vendor: str, path: str, was: Any, now: Any, found: list[Change]) -> None:
    if was == now or len(found) >= MAX_CHANGES:
        return
    if isinstance(was, dict) and isinstance(now, dict):
        for key in {**was, **now}:
            _compare(vendor, f"{path}.{key}" if path else str(key), _at(was, key), _at(now, key), found)
    elif isinstance(was, list) and isinstance(now, list):
        for index in range(max(len(was), len(now))):
            _compare(vendor, f"{path}[{index}]", _at(was, index), _at(now, index), found)
    else:
        found.append(Change(vendor, path, was, now))


def _at(thing: Any, key: Any) -> Any:
    try:
        return thing[key]
    except (KeyError, IndexError):
        return msgspec.UNSET
