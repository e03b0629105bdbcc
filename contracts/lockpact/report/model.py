"""What a judging command has to say, before anybody knows who reads it: rows with a verdict each, and a story behind some.

A terminal, a CI system and a browser each get the same paper (`lockpact.report.writer`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ReportModel", "Row", "Tone"]

Tone = Literal["good", "bad", "mild", "open", "dim"]
"""good: as it should be; bad, mild: the command ends with 1 for it; open: nothing was learned; dim: not looked at."""


@dataclass(frozen=True)
class Row:
    """One verdict."""

    id: str
    word: str
    """The verdict in a word or two."""
    tone: Tone
    sentence: str
    count: int | None = None
    why: str = ""
    """Why nothing was learned."""
    story: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    """What else to keep beside the story: the file's suffix → its text."""
    group: str = ""
    """A heading over it and its neighbours of the same group."""


@dataclass(frozen=True)
class ReportModel:
    """See the module."""

    title: str
    vendor: str
    heading: str
    """What a row is: law, variant, difference."""
    counted: str
    """What a row's number counts."""
    rows: Sequence[Row]
    summary: str
    code: int
    """The exit code that says it to a machine."""
    about: str = ""
    notes: Sequence[str] = ()
    seconds: float = 0.0
    facts: Mapping[str, str] = field(default_factory=dict)
    """For machines: what was judged, by which seed."""
