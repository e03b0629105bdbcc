"""The journal of a world: its inputs, in order, and what came of them.

    base ── entries … ── latest ── entries … (the tail)

1. `base` and `latest` are checkpoints. Applying the inputs after `base` again gives the same entries, byte for byte.
   Rollback, forks, recovery and replay rest on that.
2. A rebuild starts at `latest` and runs the tail. `due_for_checkpoint` keeps the tail short.
3. The journal is bounded in bytes. Entries leave only at a checkpoint: then the checkpoint before becomes `base`, and
   the entries up to it leave. So whatever the journal holds can be replayed.
4. Entries are numbered without gaps. Numbers go on when entries leave, and start again when the world is reset.
5. An observer is called before each change, so that a store can keep a copy of the journal as it was.

Loose end: the size of an entry is an estimate (`entry_size`), so the bound is approximate.
"""

from __future__ import annotations

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

__all__ = ["BOUND", "Entry", "Journal", "JournalObserver", "entry_size", "render"]

BOUND = 16 * 1024 * 1024
"""Bytes of entries that a world keeps before the oldest leave."""

_OVERHEAD = 320
"""Roughly the bytes that an entry takes in addition to its texts. Many small entries are bounded too."""


class Entry(msgspec.Struct, gc=False):
    """One turn: its input, and all that came of it."""

    n: int
    at: int
    input: Input
    answer: Answer | None = None
    """The answer to a request that was answered at once."""
    pending_id: int | None = None
    """The id under which a request became pending."""
    result: dict[str, Any] | None = None
    """What a device action or a command returned."""
    refused: tuple[int, str] | None = None
    """The status and sentence with which a device action or a command was refused."""
    resolved: list[tuple[int, Answer]] = []
    """The pending requests that this turn answered: id and answer."""
    sent: list[int] = []
    """The ids of the deliveries that this turn put into the outbox."""
    misses: list[str] = []
    """Near misses: what the vendor objected to, and what would have worked."""
    struck: list[int] = []
    """The ids of the injected faults that took effect."""
    failed: str | None = None
    """How the simulator itself failed (a defect of the simulator). The world is as it was before the turn."""


class JournalObserver(Protocol):
    """Is notified of each change before the journal makes it."""

    def append(self, entry: Entry) -> None:
        """An entry is about to be appended."""

    def checkpoint(self, snapshot: bytes, n: int, base: int) -> None:
        """A checkpoint after entry `n` is about to be made, and entries up to `base` are about to leave."""

    def begin(self, base: bytes, after: int) -> None:
        """The journal is about to begin again, at a checkpoint that stands after entry `after`."""


class Journal:
    """A world's journal in memory."""

    def __init__(self, base: bytes, after: int = 0, bound: int = BOUND) -> None:
        self.bound = bound
        self.observer: JournalObserver | None = None
        self.begin(base, after)

    @classmethod
    def of(cls, base: bytes, after: int, entries: Iterable[Entry], latest: bytes, latest_n: int) -> Journal:
        """Return a journal with these contents.

        Args:
            base: The base checkpoint.
            after: The number of the entry that it stands after.
            entries: The entries after it.
            latest: The latest checkpoint.
            latest_n: The number of the entry that it stands after.
        """
        journal = cls(base, after)
        for entry in entries:
            journal.append(entry)
            if entry.n == latest_n:
                journal.latest, journal.latest_n, journal._tail_bytes = latest, latest_n, 0
        return journal

    def copy(self) -> Journal:
        """Return a copy for `back_to`. It is cheap: the entries are shared."""
        made = Journal.__new__(Journal)
        vars(made).update(vars(self))
        return made

    def back_to(self, copied: Journal) -> None:
        """Forget what came after the copy was made."""
        del copied._entries[copied.last - copied.base_n :]
        vars(self).update(vars(copied))

    def begin(self, base: bytes, after: int = 0) -> None:
        """Begin again at a checkpoint that stands after entry `after`."""
        if self.observer is not None:
            self.observer.begin(base, after)
        self.base, self.base_n = base, after
        self.latest, self.latest_n = base, after
        self.last = after
        self.bytes = self._tail_bytes = 0
        self._entries: list[Entry] = []

    def append(self, entry: Entry) -> None:
        """Append an entry. Its number must be the next."""
        if self.observer is not None:
            self.observer.append(entry)
        self._entries.append(entry)
        self.last = entry.n
        size = entry_size(entry)
        self.bytes += size
        self._tail_bytes += size

    @property
    def due_for_checkpoint(self) -> bool:
        """Whether the tail has become too long for a quick rebuild, or too large for the bound."""
        return (
            self.last - self.latest_n >= 1000 and self._tail_bytes > 4 * len(self.latest)
        ) or self._tail_bytes > self.bound // 3

    def checkpoint(self, snapshot: bytes) -> None:
        """Put a checkpoint after the last entry. If the journal is over its bound, entries up to the one before leave."""
        over = self.bytes > self.bound
        if self.observer is not None:
            self.observer.checkpoint(snapshot, self.last, self.latest_n if over else self.base_n)
        if over:
            keep = self._entries[self.latest_n - self.base_n :]
            self.base, self.base_n, self._entries = self.latest, self.latest_n, keep
            self.bytes = sum(map(entry_size, keep))
        self.latest, self.latest_n, self._tail_bytes = snapshot, self.last, 0

    def read(self, after: int = 0, limit: int | None = None) -> list[Entry]:
        """Return at most `limit` entries numbered above `after`, oldest first."""
        begin = max(0, after - self.base_n)
        return self._entries[begin : None if limit is None else begin + limit]

    @property
    def tail(self) -> list[Entry]:
        """The entries after the latest checkpoint."""
        return self._entries[self.latest_n - self.base_n :]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def entry_size(entry: Entry) -> int:
    """Return roughly how many bytes an entry takes in memory."""
    size = _OVERHEAD
    if isinstance(entry.input, Request):
        size += len(entry.input.target) + len(entry.input.body) + 100 * len(entry.input.headers)
    elif isinstance(entry.input, Command):
        size += len(
            msgspec.json.encode(entry.input.args)
        )  # a loaded state is large, and its repr takes ten times as long
    elif isinstance(entry.input, DeviceAction):
        size += len(repr(entry.input.args))
    for answer in (entry.answer, *(a for _, a in entry.resolved)):
        if answer is not None:
            size += len(answer.body) + 100 * len(answer.headers)
    return size


def render(entry: Entry) -> dict[str, Any]:
    """Return the entry as JSON: n, at and kind; what this kind of input has; then what came of it, if anything did."""
    shown: dict[str, Any] = {"n": entry.n, "at": iso(entry.at)}
    match entry.input:
        case Request() as r:
            shown |= {"kind": "request", "vendor": r.vendor, "site": r.site, "method": r.method, "target": r.target}
            shown |= {"headers": _pairs(r.headers)} | _body(r.body)
        case Tick() as t:
            shown |= {"kind": "tick"} | ({} if t.timer is None else {"timer": t.timer})
            shown |= {} if t.until is None else {"until": iso(t.until)}
            shown |= {"vendor": t.vendor} if t.vendor else {}
            shown |= {"event": t.event, "args": t.args} if t.event else {}
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
    """Return the body as text, or as base64 if it is no UTF-8."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b64encode(body).decode()}
