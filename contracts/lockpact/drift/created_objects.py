"""What a run made on a server that is not ours, so that all of it is removed again, also by the next process.

A line is written before the request that creates, and another when its answer names what was made: a crash between the two
leaves the intent, which a person can look after.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lockpact.drift.script import HttpOperation

__all__ = ["CreatedObject", "CreatedObjects"]


@dataclass(frozen=True)
class CreatedObject:
    """Something that was made, or was about to be."""

    number: int
    vendor: str
    server: str
    kind: str
    operation: str
    id: str | int | None = None
    removed: bool = False
    beside: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Things of other kinds that the same answer named: removing may need them."""


class CreatedObjects:
    """A file of JSON lines, each on disk before the request that it is about leaves."""

    def __init__(self, path: Path, vendor: str) -> None:
        self.path, self._vendor = path, vendor
        self.entries: dict[int, CreatedObject] = {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                try:
                    entry = CreatedObject(**json.loads(line))
                except (ValueError, TypeError):
                    continue  # the torn end of a crash
                self.entries[entry.number] = entry

    def intend(self, operation: HttpOperation, server: str, name: str | int | None = None) -> CreatedObject:
        """Something is about to be made, under this name where that is known before."""
        number = max(self.entries, default=0) + 1
        return self._write(CreatedObject(number, self._vendor, server, operation.creates, operation.name, name))

    def lists(self, server: str, kind: str, name: str | int) -> bool:
        """Whether the thing of this name is there already, as one that was made."""
        return any((entry.server, entry.kind, entry.id) == (server, kind, name) for entry in self.left)

    def made(self, entry: CreatedObject, ids: Sequence[Any], beside: Mapping[str, Sequence[Any]] | None = None) -> None:
        """It was made under this id; under none: nothing was made."""
        more = {"id": ids[0] if ids else None, "removed": not ids, "beside": beside or {}}
        self._write(CreatedObject(**{**vars(entry), **more}))

    def removed(self, entry: CreatedObject) -> None:
        """It is gone."""
        self._write(CreatedObject(**{**vars(entry), "removed": True}))

    @property
    def left(self) -> list[CreatedObject]:
        """What is still there, the youngest first."""
        return [entry for _, entry in sorted(self.entries.items(), reverse=True) if not entry.removed]

    def _write(self, entry: CreatedObject) -> CreatedObject:
        self.entries[entry.number] = entry
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(vars(entry)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return entry

    def forget(self) -> None:
        """All is removed: nothing needs remembering."""
        if not self.left:
            self.path.unlink(missing_ok=True)
