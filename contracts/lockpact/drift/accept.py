"""The file of differences that are accepted, each with a reason and a date.

[[accept]]
difference = "GET /list: key new *.deviceType"
reason = "announced for firmware 1.7"
date = 2026-11-21

With `*` instead of the operation, the difference is accepted in all operations.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lockpact.core.exit_codes import CouldNotRun
from lockpact.drift.search import Finding

__all__ = ["AcceptedDifference", "AcceptedDifferences", "read"]


@dataclass(frozen=True)
class AcceptedDifference:
    """One entry of the file."""

    difference: str
    reason: str
    date: date


@dataclass(frozen=True)
class AcceptedDifferences:
    """All entries of the file."""

    entries: Sequence[AcceptedDifference] = ()

    def of(self, finding: Finding) -> AcceptedDifference | None:
        """Return the entry that accepts this finding."""
        return next((e for e in self.entries if e.difference in (finding.name, finding.everywhere)), None)

    def stale(self, findings: Iterable[Finding]) -> list[AcceptedDifference]:
        """Return the entries that accept none of these findings."""
        names = {name for finding in findings for name in (finding.name, finding.everywhere)}
        return [entry for entry in self.entries if entry.difference not in names]


def read(path: Path, key: str = "difference") -> AcceptedDifferences:
    """Read the file. `key` names what is accepted. Raises CouldNotRun if it cannot be read or has another form."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise CouldNotRun(f"{path} cannot be read: {wrong}") from None
    entries = content.get("accept")
    if not isinstance(entries, list) or content.keys() - {"accept"}:
        raise CouldNotRun(f"{path} must have [[accept]] entries and nothing else")
    return AcceptedDifferences([_entry(path, number, entry, key) for number, entry in enumerate(entries, 1)])


def _entry(path: Path, number: int, entry: object, key: str) -> AcceptedDifference:
    types = {key: str, "reason": str, "date": date}
    if not isinstance(entry, dict) or entry.keys() != types.keys():
        raise CouldNotRun(f"{path}: entry {number} must have exactly the keys {key}, reason and date")
    for name, type_ in types.items():
        if not isinstance(entry[name], type_) or entry[name] == "":
            raise CouldNotRun(f"{path}: entry {number}: {name} must be a {type_.__name__}")
    return AcceptedDifference(entry[key], entry["reason"], entry["date"])
