"""Differences that are known and accepted, each with a reason and a date.

[[accept]]
difference = "GET /list: key new *.deviceType"
reason = "announced for firmware 1.7"
date = 2026-11-21

With `*` in the place of the operation, it is accepted in all of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lockpact.drift.search import Finding
from lockpact.report.findings import CouldNotRun

__all__ = ["AcceptedDifference", "AcceptedDifferences", "read"]


@dataclass(frozen=True)
class AcceptedDifference:
    """One entry of the file."""

    difference: str
    reason: str
    date: date


@dataclass(frozen=True)
class AcceptedDifferences:
    """All of them."""

    entries: Sequence[AcceptedDifference] = ()

    def of(self, found: Finding) -> AcceptedDifference | None:
        """The entry that accepts this."""
        return next((e for e in self.entries if e.difference in (found.name, found.everywhere)), None)

    def stale(self, found: Iterable[Finding]) -> list[AcceptedDifference]:
        """The entries that nothing needs any more."""
        needed = {name for one in found for name in (one.name, one.everywhere)}
        return [entry for entry in self.entries if entry.difference not in needed]


def read(path: Path) -> AcceptedDifferences:
    """The file's entries. Raises CouldNotRun with a sentence when it is not what the module shows."""
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise CouldNotRun(f"{path} cannot be read: {wrong}") from None
    entries = told.get("accept")
    if not isinstance(entries, list) or told.keys() - {"accept"}:
        raise CouldNotRun(f"{path} holds [[accept]] entries, and nothing else")
    return AcceptedDifferences([_entry(path, number, entry) for number, entry in enumerate(entries, 1)])


def _entry(path: Path, number: int, entry: object) -> AcceptedDifference:
    wanted = {"difference": str, "reason": str, "date": date}
    if not isinstance(entry, dict) or entry.keys() != wanted.keys():
        raise CouldNotRun(f"{path}: entry {number} has difference, reason and date, each of them, and nothing else")
    for name, kind in wanted.items():
        if not isinstance(entry[name], kind) or entry[name] == "":
            raise CouldNotRun(f"{path}: entry {number}: {name} is no {kind.__name__}")
    return AcceptedDifference(**entry)
