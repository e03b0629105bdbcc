"""How `locksim serve` writes the log of requests: lines for people, coloured on a terminal, or JSON lines."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

import msgspec

from locksim.server.access_log import AccessRecord, WriteRecord

__all__ = ["writer"]

_COLOURS = {2: "32", 3: "36", 4: "33", 5: "31"}
"""The first digit of a status → its ANSI colour. No answer is red too."""


def writer(style: str | None, quiet: bool, environment: Mapping[str, str], output: TextIO) -> WriteRecord | None:
    """Return what writes a record, or None.

    Args:
        style: `text`, `json` or `off`; None: `text` on a terminal, unless `quiet`.
        quiet: whether nothing is to be printed unasked.
        environment: `NO_COLOR` there turns colours off.
        output: where to write.
    """
    if style is None:
        style = "text" if output.isatty() and not quiet else "off"
    if style == "off":
        return None
    coloured = output.isatty() and not environment.get("NO_COLOR")

    def write(record: AccessRecord) -> None:
        text = msgspec.json.encode(record).decode() if style == "json" else line(record, coloured)
        with suppress(OSError):  # whoever read it is gone
            print(text, file=output, flush=True)

    return write


def line(record: AccessRecord, coloured: bool = False) -> str:
    """Return a record as a line, and its near misses as lines below it."""

    def paint(text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if coloured else text

    status = paint(
        "---" if record.status is None else str(record.status), _COLOURS.get((record.status or 500) // 100, "0")
    )
    name = record.vendor if record.world == "default" else f"{record.vendor} ~{record.world}"
    note = f"  {record.note}" if record.note else ""
    lines = [f"{status}  {record.ms:8.1f} ms  {name:<10}  {record.method} {record.path}{note}"]
    return "\n".join([*lines, *(paint(f"     {miss}", "2") for miss in record.misses)])
