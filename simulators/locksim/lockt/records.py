"""Read one submitted record, and collect everything that is wrong with it.

A field that is absent or null is UNSET. Numbers are taken for texts, and texts of digits for numbers, since the
vendor's samples have both. The messages for card numbers, e-mail addresses and door names are the document's own; the
others follow their style.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from locksim.lockt.serialization import parse_date

__all__ = ["InvalidRecord", "RecordReader", "echo_of"]

EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s.]+"
CARD = "[0-9]{1,18}"

_DEFAULTS: dict[str, dict[str, Any]] = {
    "users": {
        "id": -1, "id_num": "", "first_name": "", "last_name": "", "card_num": "", "email": "", "phone": "",
        "access_effective": "", "access_expires": "", "pin": "", "enabled": True, "accesslevels": [],
    },
}  # fmt: skip
"""What `input_data` shows for absent fields: the vendor's sample shows all fields of a user."""


class InvalidRecord(Exception):
    """A record failed validation: `problems` are the messages."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def echo_of(node: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the record as `input_data` shows it."""
    return _DEFAULTS.get(node, {}) | given


class RecordReader:
    """Reads the fields of one record. Each method notes what is wrong; `raise_if_invalid` raises it all at once."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.problems: list[str] = []

    def add_problem(self, message: str) -> None:
        """Note a problem, in the words that the caller gets."""
        self.problems.append(message)

    def raise_if_invalid(self) -> None:
        """Raise InvalidRecord if there is any problem."""
        if self.problems:
            raise InvalidRecord(self.problems)

    def text(self, name: str) -> str | UnsetType:
        """Read a text, or a whole number in place of one."""
        value = self.given.get(name)
        if value is None:
            return UNSET
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.add_problem(f"Invalid {name} found: {_shown(value)}")
        return UNSET

    def card(self) -> str | UnsetType:
        """Read `card_num`. An empty text counts as absent."""
        value = self.given.get("card_num")
        if value is None or value == "":
            return UNSET
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(text, str) and re.fullmatch(CARD, text, re.ASCII):
            return text
        numeric = isinstance(text, str) and re.fullmatch("[0-9]+", text, re.ASCII)
        self.add_problem(f"{'Invalid' if numeric else 'Non-Numeric'} card_num found: {_shown(value)}")
        return UNSET

    def email(self) -> str | UnsetType:
        """Read `email`, which may be empty."""
        value = self.text("email")
        if isinstance(value, str) and value and not re.fullmatch(EMAIL, value):
            self.add_problem(f"Invalid email address found: {value}")
            return UNSET
        return value

    def date(self, name: str) -> int | UnsetType | None:
        """Read a date in one of the documented forms, in µs UTC; None for an empty text."""
        value = self.given.get(name)
        if value is None:
            return UNSET
        try:
            return parse_date(value if isinstance(value, str) else _shown(value))
        except ValueError:
            self.add_problem(f"Invalid {name} found: {_shown(value)}")
            return UNSET

    def flag(self, name: str) -> bool | UnsetType:
        """Read a boolean, or the text of one."""
        value = self.given.get(name)
        if value is None or isinstance(value, bool):
            return UNSET if value is None else value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        self.add_problem(f"Invalid {name} found: {_shown(value)}")
        return UNSET

    def number(self, name: str) -> int | UnsetType:
        """Read an id. -1 counts as absent, as in the vendor's samples."""
        value = _number(self.given.get(name))
        if value is None:
            if self.given.get(name) is not None:
                self.add_problem(f"Invalid {name} found: {_shown(self.given[name])}")
            return UNSET
        return UNSET if value == -1 else value

    def ids(self, name: str) -> list[int] | UnsetType:
        """Read the ids of a list of objects, each once, in their order."""
        value = self.given.get(name)
        if value is None:
            return UNSET
        entries = value if isinstance(value, list) else [None]
        found = [_number(entry.get("id")) if isinstance(entry, dict) else None for entry in entries]
        if None in found:
            self.add_problem(f"Invalid {name} found: {_shown(value)}")
        return [one for one in dict.fromkeys(found) if one is not None]


def _number(value: Any) -> int | None:
    """Return a whole number, also from a text of digits; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,18}", value, re.ASCII):
        return int(value)
    return None


def _shown(value: Any) -> str:
    """Return the value as a message shows it: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
