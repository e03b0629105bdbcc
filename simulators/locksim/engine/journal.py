"""The journal: what entered a world, in order, and what it answered.

Replaying the inputs on the journal's base checkpoint gives the same answers, byte for byte; rollback, forks and
recovery rest on that. The journal is bounded in bytes: an entry leaves only behind a newer checkpoint, so what is
kept can always be replayed.

    base ── entries … ── latest ── entries … (the tail: what a rebuild replays)
"""

from __future__ import annotations

import copy
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import msgspec

from locksim.engine.inputs import (
    Answer,
    CallerGone,
    Command,
    DeliveryOutcome,
    DeviceAction,
    Headers,
    Input,
    Request,
    Restarted,
    Tick,
)
from locksim.engine.timestamps import iso

__all__ = ["BOUND", "Entry", "Journal", "Keeper", "render"]

BOUND = 16 * 1024 * 1024
"""Bytes of entries that a world keeps before the oldest leave."""

_OVERHEAD = 320
"""What an entry costs beside its texts, roughly: it is counted so that many small ones are bounded too."""


class Entry(msgspec.Struct, gc=False):
    """One turn: its input, and all that came of it."""

    n: int
    at: int
    input: Input
    answer: Answer | None = None
    """What this request was answered at once …"""
    pending_id: int | None = None
    """… or the ticket on which its caller waits."""
    result: dict[str, Any] | None = None
    """What an act or a control answered."""
    refused: tuple[int, str] | None = None
    """Why an act or a control was refused: status and sentence."""
    resolved: list[tuple[int, Answer]] = []
    """The waiting callers that this turn answered: ticket and answer."""
    sent: list[int] = []
    """The deliveries that this turn put into the outbox."""
    misses: list[str] = []
    """Near misses: what the vendor objected to, and what would have worked."""
    struck: list[int] = []
    """The faults that struck."""
    failed: str | None = None
    """The stand-in itself failed in this turn (a defect of ours): how. The world is as it was before."""


class Keeper(Protocol):
    """Who keeps a journal elsewhere too: told of each change before the journal makes it."""

    def append(self, entry: Entry) -> None:
        """An entry."""

    def checkpoint(self, image: bytes, n: int, base: int) -> None:
        """A checkpoint after entry `n`; entries up to `base` leave."""

    def begin(self, base: bytes, after: int) -> None:
        """It begins anew."""


class Journal:
    """A world's journal in memory. `keeper`, if there is one, does the same on disk."""

    def __init__(self, base: bytes, after: int = 0, bound: int = BOUND) -> None:
        self.bound = bound
        self.keeper: Keeper | None = None
        self.begin(base, after)

    @classmethod
    def of(cls, base: bytes, after: int, entries: Iterable[Entry], latest: bytes, latest_n: int) -> Journal:
        """A journal that was kept: its base stands after entry `after`, its latest checkpoint after `latest_n`."""
        journal = cls(base, after)
        for entry in entries:
            journal.append(entry)
            if entry.n == latest_n:
                journal.latest, journal.latest_n, journal._tail_bytes = latest, latest_n, 0
        return journal

    def copy(self) -> Journal:
        """Where it stands now, for `back_to`. It costs nothing: the entries are shared."""
        return copy.copy(self)

    def back_to(self, was: Journal) -> None:
        """Forget what came after `was` was taken."""
        del was._entries[was.last - was.base_n :]
        vars(self).update(vars(was))

    def begin(self, base: bytes, after: int = 0) -> None:
        """Start anew behind a checkpoint that stands after entry `after`."""
        if self.keeper is not None:
            self.keeper.begin(base, after)
        self.base, self.base_n = base, after
        self.latest, self.latest_n = base, after
        self.last = after
        self.bytes = self._tail_bytes = 0
        self._entries: list[Entry] = []

    def append(self, entry: Entry) -> None:
        """Keep an entry. Its number is the next."""
        if self.keeper is not None:
            self.keeper.append(entry)
        self._entries.append(entry)
        self.last = entry.n
        size = _size(entry)
        self.bytes += size
        self._tail_bytes += size

    @property
    def due_for_checkpoint(self) -> bool:
        """Whether a rebuild would have to replay more than it should (or the bound is near)."""
        return (
            self.last - self.latest_n >= 1000 and self._tail_bytes > 4 * len(self.latest)
        ) or self._tail_bytes > self.bound // 3

    def checkpoint(self, image: bytes) -> None:
        """A checkpoint after the last entry. If the journal is over its bound, what lies behind the one before leaves."""
        over = self.bytes > self.bound
        if self.keeper is not None:
            self.keeper.checkpoint(image, self.last, self.latest_n if over else self.base_n)
        if over:
            keep = self._entries[self.latest_n - self.base_n :]
            self.base, self.base_n, self._entries = self.latest, self.latest_n, keep
            self.bytes = sum(map(_size, keep))
        self.latest, self.latest_n, self._tail_bytes = image, self.last, 0

    def read(self, after: int = 0, limit: int | None = None) -> list[Entry]:
        """The entries numbered above `after`, oldest first."""
        begin = max(0, after - self.base_n)
        return self._entries[begin : None if limit is None else begin + limit]

    @property
    def tail(self) -> list[Entry]:
        """The entries behind the latest checkpoint."""
        return self._entries[self.latest_n - self.base_n :]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _size(entry: Entry) -> int:
    """Roughly, the bytes an entry holds."""
    size = _OVERHEAD
    if isinstance(entry.input, Request):
        size += len(entry.input.target) + len(entry.input.body) + 100 * len(entry.input.headers)
    elif isinstance(entry.input, DeviceAction | Command):
        size += len(repr(entry.input.args))
    for answer in (entry.answer, *(a for _, a in entry.resolved)):
        if answer is not None:
            size += len(answer.body) + 100 * len(answer.headers)
    return size


def render(entry: Entry) -> dict[str, Any]:
    """The entry as JSON: always n, at, kind; then what this kind of input has; then what came of it, where anything did."""
    shown: dict[str, Any] = {"n": entry.n, "at": iso(entry.at)}
    match entry.input:
        case Request() as r:
            shown |= {"kind": "request", "vendor": r.vendor, "site": r.site, "method": r.method, "target": r.target}
            shown |= {"headers": _pairs(r.headers)} | _body(r.body)
        case Tick(timer=timer):
            shown |= {"kind": "tick"} | ({} if timer is None else {"timer": timer})
        case DeviceAction() as a:
            shown |= {"kind": "act", "vendor": a.vendor, "device": a.device, "action": a.action, "args": a.args}
            shown |= {} if a.planned is None else {"planned": a.planned}
        case CallerGone(pending_id=pending_id):
            shown |= {"kind": "gone", "ticket": pending_id}
        case DeliveryOutcome() as o:
            shown |= {"kind": "outcome", "attempt": o.attempt, "status": o.status, "error": o.error}
        case Command() as c:
            shown |= {"kind": "control", "op": c.op, "args": c.args}
            shown |= {} if c.planned is None else {"planned": c.planned}
        case Restarted(addresses=addresses):
            shown |= {"kind": "restarted"} | ({"addresses": addresses} if addresses else {})
    if entry.answer is not None:
        shown["answer"] = _answer(entry.answer)
    if entry.refused is not None:
        shown["refused"] = {"status": entry.refused[0], "error": entry.refused[1]}
    if entry.resolved:
        shown["resolved"] = [{"ticket": t, "answer": _answer(a)} for t, a in entry.resolved]
    for name in ("ticket", "result", "sent", "misses", "struck", "failed"):
        value = entry.pending_id if name == "ticket" else getattr(entry, name)
        if value is not None and value != []:
            shown[name] = value
    return shown


def _answer(answer: Answer) -> dict[str, Any]:
    shown: dict[str, Any] = {"status": answer.status, "headers": _pairs(answer.headers)} | _body(answer.body)
    return shown if answer.cut is None else shown | {"cut": answer.cut}


def _pairs(headers: Headers) -> list[list[str]]:
    return [[name, value] for name, value in headers]


def _body(body: bytes) -> dict[str, str]:
    """Text where it is text, base64 where it is not."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b64encode(body).decode()}
