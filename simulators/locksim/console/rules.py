"""Which rules of a vendor's FIDELITY.md a turn is about.

What is known for certain: the vendor's display says from which rules a near miss, or the reason that a device gives, follows
(`answer`). What is only likely: rows that name the turn's operation, or whose place is its chapter of the document
(`operation`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from locksim.engine.display import Display, OperationRow
from locksim.engine.vendor import Vendor

__all__ = ["Rule", "read_rules", "rules_of"]

MOST = 12
"""Rows about the operation that a turn shows."""
_ROW = re.compile(r"^\| ([A-Z]{2}-R\d+) \| (.+?) \| (documented|observed|assumed) \| (.+?) \|$", re.MULTILINE)
_PARAMETER = re.compile(r"\{[^}]+\}")


class Rule(msgspec.Struct):
    """A row of a FIDELITY.md, and how sure it is that the turn is about it."""

    id: str
    sentence: str
    evidence: Literal["documented", "observed", "assumed"]
    place: str
    about: Literal["answer", "operation"] = "answer"


@cache
def read_rules(path: Path) -> dict[str, Rule]:
    """Return the rows of a FIDELITY.md by id. A file that is not there has none."""
    if not path.is_file():
        return {}
    return {
        id_: Rule(id_, text, evidence, place) for id_, text, evidence, place in _ROW.findall(path.read_text("utf-8"))
    }


def rules_of(vendors: Mapping[str, Vendor], shown: Mapping[str, Any]) -> list[Rule]:
    """Return the rules that a rendered turn is about, the certain ones first."""
    vendor = vendors.get(str(shown.get("vendor", "")))
    display = None if vendor is None else vendor.display()
    if vendor is None or display is None:
        return []
    rows = read_rules(vendor.fidelity)
    found = {id_: rows[id_] for id_ in _certain(display, shown) if id_ in rows}
    if shown["kind"] == "request":
        likely = [rule for rule in _likely(display, shown, rows) if rule.id not in found]
        found |= {rule.id: msgspec.structs.replace(rule, about="operation") for rule in likely[:MOST]}
    return list(found.values())


def _certain(display: Display, shown: Mapping[str, Any]) -> Iterator[str]:
    result = shown.get("result") or {}
    texts = [*shown.get("misses", ()), result.get("reason"), shown.get("refused", {}).get("error")]
    texts.append(f"timer {shown['event']}" if "event" in shown else json.dumps(result))
    for pattern, ids in display.rules:
        if any(isinstance(text, str) and re.search(pattern, text) for text in texts):
            yield from ids


def _likely(display: Display, shown: Mapping[str, Any], rows: Mapping[str, Rule]) -> list[Rule]:
    """Return the rows about the operation. Those that name the status of the answer come first."""
    row = _operation(display, shown["method"], shown["target"].partition("?")[0])
    if row is None:
        return []
    named = re.compile(rf"(?<![\w/]){re.escape(row.path.rstrip('/'))}/?(?![\w/])") if row.path.strip("/") else None
    found = [
        rule
        for rule in rows.values()
        if rule.place == row.chapter
        or (named is not None and (named.search(rule.sentence) or named.search(rule.place)))
    ]
    status = str(shown.get("answer", {}).get("status", ""))
    return sorted(found, key=lambda rule: not (status and re.search(rf"\b{status}\b", rule.sentence)))


def _operation(display: Display, method: str, path: str) -> OperationRow | None:
    """Return the row that a request meant: the one with the fewest placeholders in its path."""
    below = path.removeprefix(display.base) if path.startswith(display.base) else path
    fitting = [row for row in display.operations if row.method == method and _pattern(row.path).fullmatch(below)]
    return min(fitting, key=lambda row: row.path.count("{"), default=None)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in _PARAMETER.split(path.rstrip("/"))]
    return re.compile(r"(?:/v1)?" + "[^/]+".join(parts) + "/?")
