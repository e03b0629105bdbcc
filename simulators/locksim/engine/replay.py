"""Running an exported journal again, on a fresh world, and comparing byte for byte what comes of each input.

A turn that failed then is not run again (a defect need not strike twice): what it left behind is done again, and its
answer compared like any other.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from locksim.engine import export
from locksim.engine.errors import Refused
from locksim.engine.export import Header
from locksim.engine.fingerprint import fingerprint, zones
from locksim.engine.journal import render
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore, failure_text

__all__ = ["Difference", "Recorded", "again", "begin", "read"]


class Recorded(msgspec.Struct):
    """A journal that was exported: its header, and each entry's line."""

    header: Header
    lines: list[bytes]

    @property
    def last(self) -> int:
        """The number of the last entry."""
        return self.header.after + len(self.lines)

    def strangeness(self, vendors: Iterable[Vendor]) -> str | None:
        """What may make answers differ, though nothing is wrong: a sentence; None, when this is the code that wrote it."""
        if self.header.code != fingerprint(vendors):
            return f"this journal was written by other code (locksim {self.header.locksim})"
        if self.header.zones != zones():
            return f"this journal was written with time zones {self.header.zones}; these are {zones()}"
        return None


class Difference(msgspec.Struct):
    """The first entry that came out otherwise."""

    was: dict[str, Any]
    now: dict[str, Any]

    def told(self) -> str:
        """The entry, both answers, and what differs."""
        was, now = _spread(self.was), _spread(self.now)
        diff = difflib.unified_diff(was, now, "then", "now", lineterm="", n=3)
        parts = [f"entry {self.was.get('n')} came out otherwise: {_name(self.was)}", ""]
        parts += [
            "then:",
            *(f"  {line}" for line in _came(self.was)),
            "now:",
            *(f"  {line}" for line in _came(self.now)),
            "",
        ]
        return "\n".join([*parts, *diff])


def read(text: bytes) -> Recorded:
    """An export. Raises Refused when it is none, or none that can be replayed."""
    first, *rest = text.splitlines() or [b""]
    try:
        told = msgspec.json.decode(first, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused("its first line is no header of a journal; export one with GET …/journal.jsonl") from None
    if told.journal != export.FORMAT:
        raise Refused(f"this journal has format {told.journal}; this locksim reads format {export.FORMAT}")
    if told.only is not None:
        raise Refused(f"only entries of {told.only} are in this journal; export that of the whole world")
    if told.masked:
        raise Refused("secrets were masked in this journal, so it cannot be replayed; export it without --mask")
    return Recorded(told, [line for line in rest if line.strip()])


def begin(recorded: Recorded, vendors: Mapping[str, Vendor]) -> WorldCore:
    """The world as it was before the first entry. Raises Refused."""
    base = recorded.header.snapshot()
    return export.begin(vendors, recorded.header) if base is None else WorldCore.load(vendors, base)


def again(recorded: Recorded, world: WorldCore, until: int | None = None) -> Difference | None:
    """Run the entries again, up to number `until`. → the first difference. Raises Refused for what is no entry."""
    for line in recorded.lines[: None if until is None else until - recorded.header.after]:
        was = _decoded(line)
        given = export.input_of(was)
        try:
            entry = world.run_again(given, was.get("failed"))
        except Refused:
            raise
        except Exception as broken:  # noqa: BLE001 - the stand-in fails where it did not: that is what is looked for
            return Difference(was, {"n": was["n"], "failed": failure_text(broken)})
        now = msgspec.json.encode(render(entry))
        if now != line and (came := _decoded(now)) != was:
            return Difference(was, came)
        world.commit(entry)
    return None


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise Refused(f"a line of the journal is no entry: {wrong}") from None


# ---- for readers


def _name(entry: Mapping[str, Any]) -> str:
    """What the entry was, in a line."""
    match entry.get("kind"):
        case "request":
            return f"{entry['method']} {entry['target']} ({entry['vendor']}) at {entry['at']}"
        case "act":
            return f"{entry['action']} on {entry['device'] or entry['vendor']} at {entry['at']}"
        case "control":
            return f"the control {entry['op']} at {entry['at']}"
        case kind:
            return f"{kind} at {entry.get('at')}"


def _came(entry: Mapping[str, Any]) -> list[str]:
    """What came of it, shortly."""
    shown = [f"{a['status']} {_text(a)}" for a in [entry.get("answer")] if a]
    shown += [f"ticket {r['ticket']}: {r['answer']['status']} {_text(r['answer'])}" for r in entry.get("resolved", [])]
    names = ("ticket", "result", "refused", "sent", "misses", "struck", "failed")
    shown += [f"{name}: {json.dumps(entry[name], ensure_ascii=False)}" for name in names if name in entry]
    return shown or ["nothing"]


def _text(answer: Mapping[str, Any]) -> str:
    return str(answer.get("body", answer.get("body_base64", "")))


def _spread(entry: Mapping[str, Any]) -> list[str]:
    """All of it, over lines: bodies that are JSON as such."""
    return json.dumps(_opened(entry), indent=1, ensure_ascii=False).splitlines()


def _opened(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {key: _opened(_parsed(value) if key == "body" else value) for key, value in thing.items()}
    return [_opened(item) for item in thing] if isinstance(thing, list) else thing


def _parsed(body: Any) -> Any:
    try:
        return json.loads(body)
    except (ValueError, TypeError):
        return body
