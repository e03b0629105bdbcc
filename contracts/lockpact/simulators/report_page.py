"""A report as one HTML file: a view of the console's page, with the rules behind each law."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from lockpact.report.html import render_html
from lockpact.report.model import ReportModel, Row
from lockpact.report.terminal import MARKS
from locksim.console import files
from locksim.console.rules import Rule, read_rules
from locksim.engine.errors import Refused
from locksim.registry import load

__all__ = ["report_page", "write_page"]

_RULES = 3
"""The most rules that a law is linked to."""
_COMMON = 2
"""The words that a rule must share with a law."""
_WORD = re.compile(r"[a-z0-9_/]{5,}")
_RULE_ID = re.compile(r"\b[A-Z]{2}-R\d+\b")


def write_page(report: ReportModel, file: Path) -> None:
    """Write the report's page. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(report_page(report))


def report_page(report: ReportModel) -> bytes:
    """Return the report as an HTML page in one file, which loads and sends nothing."""
    rules = _rules_of(report.vendor)
    data: dict[str, Any] = msgspec.to_builtins(report)
    for row, shown in zip(report.rows, data["rows"], strict=True):
        del shown["files"]  # the journal is in a file of its own
        shown["rules"] = [msgspec.to_builtins(rule) for rule in _behind(row, rules)]
    data["marks"] = {tone: mark for tone, (mark, _) in MARKS.items()}
    return files.in_one_file(
        report.title, msgspec.json.encode(data), view="report", static=render_html(report).encode()
    )


def _rules_of(vendor: str) -> Collection[Rule]:
    """Return the rules of the vendor's simulator; none if there is no such simulator."""
    try:
        return read_rules(load(vendor).fidelity).values()
    except Refused:
        return ()


def _behind(row: Row, rules: Collection[Rule]) -> list[Rule]:
    """Return the rules that a row names; for a law, those of its chapter that share the most words with it.

    No table links laws and rules: a law says what a client owes, a rule what the simulator does. So this is a search by words.
    """
    named = set(_RULE_ID.findall(f"{row.id} {row.sentence} {row.why} {row.evidence}"))
    if named or not row.evidence:
        return [rule for rule in rules if rule.id in named]
    chapter = re.split(r"[:,]", row.evidence)[0].strip()
    words = _words(f"{row.sentence} {row.evidence}")
    near = [rule for rule in rules if chapter and (rule.place == chapter or rule.place.startswith(f"{chapter} "))]
    ranked = sorted(near, key=lambda rule: -len(words & _words(rule.sentence)))
    return [rule for rule in ranked[:_RULES] if len(words & _words(rule.sentence)) >= _COMMON]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))
