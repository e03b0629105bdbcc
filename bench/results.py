"""The figures of a run as JSON, and two runs compared by their ratios to the yardstick, so that machines may differ."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.table import Table

__all__ = ["Result", "Results"]


class Result(msgspec.Struct, frozen=True):
    """One figure. `yardstick` is what the bare app (or a world in memory) needs for the same; None where it has no such thing."""

    what: str
    value: float
    yardstick: float | None = None

    @property
    def ratio(self) -> float | None:
        """The figure in units of the yardstick; None without a yardstick, or if it is 0."""
        return self.value / self.yardstick if self.yardstick else None


class Results:
    """The figures of one run, in their order."""

    def __init__(self, results: list[Result] | None = None) -> None:
        self.results = results or []

    @classmethod
    def read(cls, path: Path) -> Results:
        """Return the figures of a file that `write` has written."""
        return cls(msgspec.json.decode(path.read_bytes(), type=list[Result]))

    def add(self, what: str, value: float, yardstick: float | None = None) -> None:
        """Keep a figure, instead of an earlier one of the same name."""
        self.results = [result for result in self.results if result.what != what]
        self.results.append(Result(what, value, yardstick))

    def write(self, path: Path) -> None:
        """Write the figures as JSON."""
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self.results)))

    def compared_with(self, old: Results) -> Table:
        """Return a table of the ratios of both runs, and how they changed. A figure without a yardstick is left out.

        A figure that only the older run has is listed, too: nobody should take it for unchanged.
        """
        table = Table(title="Ratios to the yardstick, this run compared with an older one")
        for column in ("", "older", "now", "change"):
            table.add_column(column, justify="left" if not column else "right")
        names = {result.what for result in self.results}
        before = {result.what: result.ratio for result in old.results}
        for result in self.results:
            was = before.get(result.what)
            if was and result.ratio is not None:  # a ratio of 0 has no change in proportion
                table.add_row(result.what, f"{was:.2f} ×", f"{result.ratio:.2f} ×", f"{result.ratio / was:.2f} ×")
        missing = [was.what for was in old.results if was.ratio is not None and was.what not in names]
        for what in missing:
            table.add_row(what, f"{before[what]:.2f} ×", "not measured", "")
        return table
