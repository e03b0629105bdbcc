"""Replay: run an exported journal on a new world, and compare each entry byte for byte.

A turn that failed is not run again, since its defect need not occur a second time. Only its lasting effects are done again
(time passes, its timer is used up), and its entry is compared like any other.
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

__all__ = ["Difference", "Recorded", "begin", "read", "run"]


class Recorded(msgspec.Struct):
    """An exported journal: its header, and each entry's line."""

    header: Header
    lines: list[bytes]

    @property
    def last(self) -> int:
        """The number of the last entry."""
        return self.header.after + len(self.lines)

    def warning(self, vendors: Iterable[Vendor]) -> str | None:
        """Return a sentence if answers may differ without a defect, because other code wrote the journal."""
        if self.header.code != fingerprint(vendors):
            return f"this journal was written by other code (locksim {self.header.locksim})"
        if self.header.zones != zones():
            return f"this journal was written with time zones {self.header.zones}; these are {zones()}"
        return None


class Difference(msgspec.Struct):
    """The first entry that differs."""

    was: dict[str, Any]
    now: dict[str, Any]

    def text(self) -> str:
        """Return the entry's input, both results, and a diff, for people."""
        diff = difflib.unified_diff(_lines(self.was), _lines(self.now), "then", "now", lineterm="", n=3)
        parts = [f"entry {self.was.get('n')} differs: {_name(self.was)}", ""]
        parts += [
            "then:",
            *(f"  {line}" for line in _result(self.was)),
            "now:",
            *(f"  {line}" for line in _result(self.now)),
            "",
        ]
        return "\n".join([*parts, *diff])


def read(text: bytes) -> Recorded:
    """Return an exported journal. Raises Refused if it is invalid or cannot be replayed."""
    first, *rest = text.splitlines() or [b""]
    try:
        header = msgspec.json.decode(first, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused("its first line is no header of a journal; export one with GET …/journal.jsonl") from None
    if header.journal != export.FORMAT:
        raise Refused(f"this journal has format {header.journal}; this locksim reads format {export.FORMAT}")
    if header.only is not None:
        raise Refused(f"this journal has only entries of {header.only}; export the journal of the whole world")
    if header.masked:
        raise Refused("secrets were masked in this journal, so it cannot be replayed; export it without --mask")
    return Recorded(header, [line for line in rest if line.strip()])


def begin(recorded: Recorded, vendors: Mapping[str, Vendor]) -> WorldCore:
    """Return the world as it was before the first entry. Raises Refused."""
    base = recorded.header.snapshot()
    return export.begin(vendors, recorded.header) if base is None else WorldCore.load(vendors, base)


def run(recorded: Recorded, world: WorldCore, until: int | None = None) -> Difference | None:
    """Run the entries in this world, and return the first difference.

    Args:
        recorded: The journal.
        world: The world before the first entry.
        until: The number of the last entry to run; all by default.

    Raises:
        Refused: A line is no entry.
    """
    for line in recorded.lines[: None if until is None else until - recorded.header.after]:
        was = _decoded(line)
        given = export.input_of(was)
        try:
            entry = world.run_again(given, was.get("failed"))
        except Refused:
            raise
        except Exception as error:  # noqa: BLE001 - the simulator fails where it did not before: that is a difference
            return Difference(was, {"n": was["n"], "failed": failure_text(error)})
        now = msgspec.json.encode(render(entry))
        if now != line and (decoded := _decoded(now)) != was:
            return Difference(was, decoded)
        world.commit(entry)
    return None


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(f"a line of the journal is no entry: {error}") from None


# ---- the text of a difference


def _name(entry: Mapping[str, Any]) -> str:
    """Return the entry's input, in a line."""
    match entry.get("kind"):
        case "request":
            return f"{entry['method']} {entry['target']} ({entry['vendor']}) at {entry['at']}"
        case "act":
            return f"{entry['action']} on {entry['device'] or entry['vendor']} at {entry['at']}"
        case "control":
            return f"the command {entry['op']} at {entry['at']}"
        case kind:
            return f"{kind} at {entry.get('at')}"


def _result(entry: Mapping[str, Any]) -> list[str]:
    """Return what came of the input, in a few lines."""
    shown = [f"{a['status']} {_text(a)}" for a in [entry.get("answer")] if a]
    shown += [
        f"pending request {r['ticket']}: {r['answer']['status']} {_text(r['answer'])}"
        for r in entry.get("resolved", [])
    ]
    names = ("ticket", "result", "refused", "sent", "misses", "struck", "failed")
    shown += [f"{name}: {json.dumps(entry[name], ensure_ascii=False)}" for name in names if name in entry]
    return shown or ["nothing"]


def _text(answer: Mapping[str, Any]) -> str:
    return str(answer.get("body", answer.get("body_base64", "")))


def _lines(entry: Mapping[str, Any]) -> list[str]:
    """Return the whole entry as lines of JSON, with JSON bodies decoded."""
    return json.dumps(_with_decoded_bodies(entry), indent=1, ensure_ascii=False).splitlines()


def _with_decoded_bodies(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {
            key: _with_decoded_bodies(_json_or_text(value) if key == "body" else value) for key, value in thing.items()
        }
    return [_with_decoded_bodies(item) for item in thing] if isinstance(thing, list) else thing


def _json_or_text(body: Any) -> Any:
    try:
        return json.loads(body)
    except (ValueError, TypeError):
        return body
