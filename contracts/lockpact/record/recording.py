"""A recording: redacted answers of a live server, with date, server and version. One JSON file.

The *shape* of an operation's answers has what was found at each place: of an object its keys in order, of a list whether it
has no item, one or many, and of everything else the value or its placeholder.

    {"*": [{"keys": ["nukiId", "name"]}], "*.nukiId": ["<integer>"], "*.name": ["<text>"]}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lockpact.core.exit_codes import CouldNotRun

__all__ = ["SIMULATOR", "Form", "RecordedAnswer", "Recording", "merged", "read", "read_all", "shape"]

FORMAT = "lockpact recording 1"
SIMULATOR = "simulator"
"""The server's name in a recording of a simulator, which is evidence of nothing."""

Form = Any
"""What was found at a place: `{"keys": […]}`, `{"items": "many"}`, a constant or a placeholder."""


@dataclass
class RecordedAnswer:
    """All answers with one status to one operation."""

    operation: str
    """Its name in the vendor's drift table."""
    status: int
    refused: bool = False
    """Whether it is a refusal. Some vendors refuse with a success status."""
    headers: dict[str, list[str]] = field(default_factory=dict)
    """Name → its values, if clients use them."""
    shape: dict[str, list[Form]] = field(default_factory=dict)
    """Place in the body → what was found there."""
    example: Any = None
    """The first answer, with lists cut to their first item."""


@dataclass(frozen=True)
class Recording:
    """One file."""

    vendor: str
    date: str
    """YYYY-MM-DD, UTC."""
    server: str
    version: str
    """The version of the server, as the user or the server said."""
    document: str
    """The vendor's document that the pact is based on."""
    answers: list[RecordedAnswer]

    @property
    def name(self) -> str:
        """The file's name without `.json`. Rules cite it."""
        return f"{self.vendor}-{self.date}-{self.server}"

    def dumped(self) -> bytes:
        """Return the file's content: one line for each place, readable and easy to compare."""
        head = {"format": FORMAT, **vars(self), "answers": None}
        answers = ",\n ".join(map(_answer, self.answers))
        written = {name: json.dumps(value) for name, value in head.items()}
        return f"{_block({**written, 'answers': f'[{answers}]'}, '')}\n".encode()


def read(file: Path) -> Recording:
    """Read a file. Raises CouldNotRun if it is not a recording."""
    try:
        content = json.loads(file.read_text("utf-8"))
        format_ = content.pop("format")
        recording = Recording(**{**content, "answers": [RecordedAnswer(**answer) for answer in content["answers"]]})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise CouldNotRun(f"{file} is not a recording: {wrong}") from None
    if format_ != FORMAT:
        raise CouldNotRun(f"{file} has the format {format_!r}, which this version cannot read")
    return recording


def read_all(folder: Path, vendor: str) -> list[Recording]:
    """Read a vendor's recordings, the newest first. Raises CouldNotRun if there are none."""
    found = [one for one in map(read, sorted(folder.glob("*.json"))) if one.vendor == vendor]
    if not found:
        raise CouldNotRun(f"{folder} has no recordings of {vendor}; make some with `lockpact record {vendor}`")
    return sorted(found, key=lambda one: one.date, reverse=True)


def merged(answers: Iterable[tuple[str, int, bool, Mapping[str, str | None], Any]]) -> list[RecordedAnswer]:
    """Merge answers (operation, status, refused, headers, redacted body) of the same operation and status."""
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
    """Return the shape of one redacted body."""
    found: dict[str, list[Form]] = {}
    _walk(body, "", found)
    return found


def _answer(one: RecordedAnswer) -> str:
    written = {name: json.dumps(value) for name, value in vars(one).items()}
    places = {place: json.dumps(forms) for place, forms in one.shape.items()}
    return _block({**written, "shape": _block(places, "  ")}, " ")


def _block(lines: Mapping[str, str], margin: str) -> str:
    """Return a JSON object with one line for each key. The values are JSON already."""
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
    # Compared as JSON, so that true differs from 1 and lists can be members.
    written = json.dumps(form)
    if all(json.dumps(known) != written for known in forms):
        forms.append(form)


def _cut(body: Any) -> Any:
    if isinstance(body, dict):
        return {key: _cut(value) for key, value in body.items()}
    return [_cut(item) for item in body[:1]] if isinstance(body, list) else body
