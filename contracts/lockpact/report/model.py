"""The report of any command, independent of its form: one row for each verdict, some with a story.

`lockpact.report.writer` writes it to the terminal, as HTML and as JUnit XML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ClientStep", "ReportModel", "Row", "ShownExchange", "Tone"]

Tone = Literal["good", "bad", "mild", "open", "dim"]
"""good: as it should be. bad, mild: the exit code is 1. open: nothing was learned. dim: not looked at."""


@dataclass(frozen=True)
class ClientStep:
    """A call of the client, for the film of a story. `at` is microseconds since the epoch, in the world's time."""

    at: int
    text: str
    result: str = ""
    wrong: bool = False


@dataclass(frozen=True)
class ShownExchange:
    """A request and its answer, whole, for the HTML report. With `other`, the same request at two servers."""

    request: str
    """The request line, or what a tester did."""
    answer: str
    """The answer's body, or what came instead of an answer."""
    at: str = ""
    sent: str = ""
    """The request's body."""
    status: str = ""
    other: str | None = None
    """The candidate's answer, where the answers of two servers are compared."""
    other_status: str = ""
    differs: bool = False
    """Whether the difference is here."""


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
    """The reason for the verdict."""
    story: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files to write next to the story: suffix → text."""
    steps: Sequence[ClientStep] = ()
    """What the client did up to the breach."""
    group: str = ""
    """The heading above this row and its neighbours of the same group."""
    evidence: str = ""
    """Where the vendor's document, or another source, says so."""
    exchanges: Sequence[ShownExchange] = ()
    """The traffic, whole."""
    found: tuple[int, int] | None = None
    """The seed and the number of the example that showed it, in a run of numbered examples."""


@dataclass(frozen=True)
class ReportModel:
    """The report of one command."""

    title: str
    vendor: str
    heading: str
    """What a row is: law, variant, difference."""
    counted: str
    """What a row's number counts."""
    rows: Sequence[Row]
    summary: str
    code: int
    """The exit code."""
    about: str = ""
    notes: Sequence[str] = ()
    seconds: float = 0.0
    facts: Mapping[str, str] = field(default_factory=dict)
    """For machines: what was judged, with which seed."""
    unlisted: Mapping[str, int] = field(default_factory=dict)
    """Verdict that has no row, since it is reported only if it is bad → what its row would count."""
