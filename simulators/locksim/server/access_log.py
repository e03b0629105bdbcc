"""The log of requests: one record for each request to a vendor, when it has its answer or its caller hangs up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from locksim.engine.inputs import Answer, CallerGone, Request
from locksim.engine.journal import Entry
from locksim.engine.timestamps import iso

if TYPE_CHECKING:
    from locksim.engine.masking import Masker

__all__ = ["AccessLog", "AccessRecord", "WriteRecord"]


class AccessRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request to a vendor. Path and near misses are masked; query, headers and body are left out."""

    at: str
    """The world's time at which it came."""
    world: str
    vendor: str
    site: str
    method: str
    path: str
    ms: float
    """Real milliseconds until its end."""
    status: int | None = None
    """None: there was no answer."""
    note: str = ""
    """What broke: `reset`, `cut off after N bytes`, `the caller hung up`."""
    misses: tuple[str, ...] = ()
    """Why it was refused, and what would have worked."""


WriteRecord = Callable[[AccessRecord], None]


class AccessLog:
    """Makes records of one world's entries.

    Args:
        world: the world's name.
        write: is called with each record.
        now: the real time, in microseconds.
    """

    def __init__(self, world: str, write: WriteRecord, now: Callable[[], int]) -> None:
        self._world, self._write, self._now = world, write, now
        self._open: dict[int, tuple[Entry, int]] = {}
        """Pending id → the request's entry, and the real time at which it came."""

    def note(self, entry: Entry, began: int, masker: Masker) -> None:
        """Write the records of an entry. `began` is the real time at which its turn began."""
        if isinstance(entry.input, Request):
            if entry.pending_id is not None:
                self._open[entry.pending_id] = (entry, began)
            elif entry.answer is not None:
                self._end(entry, began, masker, entry.answer)
        elif isinstance(entry.input, CallerGone) and entry.input.pending_id in self._open:
            self._end(*self._open.pop(entry.input.pending_id), masker, None)
        for pending_id, answer in entry.resolved:
            if pending_id in self._open:
                self._end(*self._open.pop(pending_id), masker, answer)

    def _end(self, entry: Entry, began: int, masker: Masker, answer: Answer | None) -> None:
        request = entry.input
        assert isinstance(request, Request)
        path = request.target.partition("?")[0]
        shown = masker.mask({"vendor": request.vendor, "target": path, "misses": entry.misses})
        self._write(
            AccessRecord(
                iso(entry.at), self._world, request.vendor, request.site, request.method, shown["target"],
                (self._now() - began) / 1000, *_outcome(answer), tuple(shown["misses"]),
            )
        )  # fmt: skip


def _outcome(answer: Answer | None) -> tuple[int | None, str]:
    if answer is None:
        return None, "the caller hung up"
    if answer.cut == 0 or answer.status == 0:
        return None, "reset"
    cut = answer.cut is not None and answer.cut < len(answer.body)
    return answer.status, f"cut off after {answer.cut} bytes" if cut else ""
