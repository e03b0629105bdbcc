"""The file of what a run created on a live server, so that this run or a later one removes it.

A line is written before the request that creates an object, and another one when its answer gives the id. A crash between
the two leaves the first line: then a person must look for the object.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lockpact.drift.operations import HttpOperation

__all__ = ["CreatedObject", "CreatedObjects"]


@dataclass(frozen=True)
class CreatedObject:
    """An object that was created, or was about to be."""

    number: int
    vendor: str
    server: str
    kind: str
    operation: str
    id: str | int | None = None
    removed: bool = False
    related: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Objects of other kinds that the same answer named: kind → ids. Removing may need them."""


class CreatedObjects:
    """A file of JSON lines. Each line is on disk before the request that it is about is sent."""

    def __init__(self, path: Path, vendor: str) -> None:
        self.path, self._vendor = path, vendor
        self.entries: dict[int, CreatedObject] = {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                try:
                    entry = CreatedObject(**json.loads(line))
                except (ValueError, TypeError):
                    continue  # a line that a crash cut off
                self.entries[entry.number] = entry

    def add(self, operation: HttpOperation, server: str, name: str | int | None = None) -> CreatedObject:
        """Record that an object is about to be created, with its name as the id if that is known before."""
        number = max(self.entries, default=0) + 1
        return self._write(CreatedObject(number, self._vendor, server, operation.creates, operation.name, name))

    def has(self, server: str, kind: str, id: str | int) -> bool:
        """Return whether this object is recorded and not removed."""
        return any((entry.server, entry.kind, entry.id) == (server, kind, id) for entry in self.left)

    def set_created(
        self, entry: CreatedObject, ids: Sequence[Any], related: Mapping[str, Sequence[Any]] | None = None
    ) -> None:
        """Record the id of an object that was created. No id: nothing was created."""
        changes = {"id": ids[0] if ids else None, "removed": not ids, "related": related or {}}
        self._write(CreatedObject(**{**vars(entry), **changes}))

    def set_removed(self, entry: CreatedObject) -> None:
        """Record that the object is removed."""
        self._write(CreatedObject(**{**vars(entry), "removed": True}))

    @property
    def left(self) -> list[CreatedObject]:
        """The objects that are not removed, the newest first."""
        return [entry for _, entry in sorted(self.entries.items(), reverse=True) if not entry.removed]

    def _write(self, entry: CreatedObject) -> CreatedObject:
        self.entries[entry.number] = entry
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(vars(entry)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return entry

    def delete_file_if_empty(self) -> None:
        """Delete the file if every object is removed."""
        if not self.left:
            self.path.unlink(missing_ok=True)
