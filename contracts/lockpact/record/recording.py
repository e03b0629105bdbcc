"""A recording: what a live server answered, redacted, with date, server and version. One JSON file.

Its *shape* tells what was found at each place of an operation's answers: for an object its keys in their order, for a list
whether it held none, one or many, for all else the value, or the placeholder that stands for it.

    {"*": [{"keys": ["nukiId", "name"]}], "*.nukiId": ["<integer>"], "*.name": ["<text>"]}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lockpact.report.findings import CouldNotRun

__all__ = ["STAND_IN", "Form", "RecordedAnswer", "Recording", "merged", "read", "read_all", "shape"]

FORMAT = "lockpact recording 1"
STAND_IN = "stand-in"
"""What a server of ours is called in a recording: no evidence of anything."""

Form = Any
"""What was found at a place: `{"keys": […]}`, `{"items": "many"}`, a constant, or a placeholder."""


@dataclass
class RecordedAnswer:
    """All answers of one status to one operation."""

    operation: str
    """By its name in the vendor's drift table."""
    status: int
    refused: bool = False
    """Some vendors refuse with a success status."""
    headers: dict[str, list[str]] = field(default_factory=dict)
    """name → its values, where clients go by them."""
    shape: dict[str, list[Form]] = field(default_factory=dict)
    """place in the body → what was found there."""
    example: Any = None
    """The first answer; lists are cut to their first item."""


@dataclass(frozen=True)
class Recording:
    """One file."""

    vendor: str
    date: str
    """YYYY-MM-DD, UTC."""
    server: str
    version: str
    """As whoever recorded it said."""
    document: str
    """The vendor's document that the pact is by."""
    answers: list[RecordedAnswer]

    @property
    def name(self) -> str:
        """The file's name without `.json`, and what a rule cites."""
        return f"{self.vendor}-{self.date}-{self.server}"

    def dumped(self) -> bytes:
        """The file: a line for each place, so that people can read it and versions of it can be compared."""
        head = {"format": FORMAT, **vars(self), "answers": None}
        answers = ",\n ".join(map(_answer, self.answers))
        written = {name: json.dumps(value) for name, value in head.items()}
        return f"{_block({**written, 'answers': f'[{answers}]'}, '')}\n".encode()


def read(file: Path) -> Recording:
    """Raises CouldNotRun with a sentence where it is no recording."""
    try:
        told = json.loads(file.read_text("utf-8"))
        written = told.pop("format")
        recording = Recording(**{**told, "answers": [RecordedAnswer(**answer) for answer in told["answers"]]})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise CouldNotRun(f"{file} is no recording: {wrong}") from None
    if written != FORMAT:
        raise CouldNotRun(f"{file} is a {written}, which this version cannot read")
    return recording


def read_all(folder: Path, vendor: str) -> list[Recording]:
    """A vendor's recordings, the youngest first. Raises CouldNotRun where there are none."""
    found = [one for one in map(read, sorted(folder.glob("*.json"))) if one.vendor == vendor]
    if not found:
        raise CouldNotRun(f"{folder} holds no recordings of {vendor}; `lockpact record {vendor}` makes them")
    return sorted(found, key=lambda one: one.date, reverse=True)


def merged(answers: Iterable[tuple[str, int, bool, Mapping[str, str | None], Any]]) -> list[RecordedAnswer]:
    """(operation, status, refused, headers, redacted body) of each answer → those of one operation and status as one."""
    found: dict[tuple[str, int, bool], RecordedAnswer] = {}
    for operation, status, refused, headers, body in answers:
        first = (operation, status, refused) not in found
        one = found.setdefault((operation, status, refused), RecordedAnswer(operation, status, refused))
        if first:
            one.example = _cut(body)
        for name, value in headers.items():
            values = one.headers.setdefault(name, [])
            if value is not None:
                _add(values, value)
        for place, forms in shape(body).items():
            for form in forms:
                _add(one.shape.setdefault(place, []), form)
    return list(found.values())


def shape(body: Any) -> dict[str, list[Form]]:
    """Of one redacted body."""
    found: dict[str, list[Form]] = {}
    _walk(body, "", found)
    return found


def _answer(one: RecordedAnswer) -> str:
    written = {name: json.dumps(value) for name, value in vars(one).items()}
    places = {place: json.dumps(forms) for place, forms in one.shape.items()}
    return _block({**written, "shape": _block(places, "  ")}, " ")


def _block(lines: Mapping[str, str], margin: str) -> str:
    """A JSON object with a line for each key; the values are JSON already."""
    inside = ",\n".join(f"{margin} {json.dumps(key)}: {value}" for key, value in lines.items())
    return f"{{\n{inside}\n{margin}}}"


def _walk(body: Any, where: str, found: dict[str, list[Form]]) -> None:
    form = body
    if isinstance(body, dict):
        form = {"keys": list(body)}
    elif isinstance(body, list):
        form = {"items": ("none", "one", "many")[min(len(body), 2)]}
    _add(found.setdefault(where, []), form)
    inside = (
        body.items() if isinstance(body, dict) else [("*", item) for item in body] if isinstance(body, list) else ()
    )
    for name, value in inside:
        _walk(value, f"{where}.{name}".lstrip("."), found)


def _add(forms: list[Any], form: Any) -> None:
    """A set that knows true from 1, and lists as members."""
    written = json.dumps(form)
    if all(json.dumps(known) != written for known in forms):
        forms.append(form)


def _cut(body: Any) -> Any:
    if isinstance(body, dict):
        return {key: _cut(value) for key, value in body.items()}
    return [_cut(item) for item in body[:1]] if isinstance(body, list) else body
