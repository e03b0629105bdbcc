"""One submitted record: its fields read, and everything that is wrong with it gathered.

A field that is absent (or null) is UNSET; numbers pass for texts, and texts of digits for numbers, as the vendor's
samples have both. The first two messages are the document's own; the others are in their manner.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from locksim.lockt.serialization import parse_date

__all__ = ["Invalid", "Record", "echo_of"]

EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s.]+"
CARD = "[0-9]{1,18}"

_ECHO: dict[str, dict[str, Any]] = {
    "users": {
        "id": -1, "id_num": "", "first_name": "", "last_name": "", "card_num": "", "email": "", "phone": "",
        "access_effective": "", "access_expires": "", "pin": "", "enabled": True, "accesslevels": [],
    },
}  # fmt: skip
"""What `input_data` shows of fields that did not come: users are shown whole, as in the vendor's sample."""


class Invalid(Exception):
    """A record failed validation: `problems` are the messages."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def echo_of(node: str, given: dict[str, Any]) -> dict[str, Any]:
    """The record as `input_data` shows it."""
    return _ECHO.get(node, {}) | given


class Record:
    """See the module. Each reader notes what is wrong; `judge` raises it all at once."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.problems: list[str] = []

    def object(self, message: str) -> None:
        """Note a problem."""
        self.problems.append(message)

    def judge(self) -> None:
        """Raises Invalid when anything is wrong."""
        if self.problems:
            raise Invalid(self.problems)

    def text(self, name: str) -> str | UnsetType:
        """A text, or a whole number in place of one."""
        value = self.given.get(name)
        if value is None:
            return UNSET
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        self.object(f"Invalid {name} found: {shown(value)}")
        return UNSET

    def card(self) -> str | UnsetType:
        """A card number; "" counts as absent."""
        value = self.given.get("card_num")
        if value is None or value == "":
            return UNSET
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if isinstance(text, str) and re.fullmatch(CARD, text, re.ASCII):
            return text
        numeric = isinstance(text, str) and re.fullmatch("[0-9]+", text, re.ASCII)
        self.object(f"{'Invalid' if numeric else 'Non-Numeric'} card_num found: {shown(value)}")
        return UNSET

    def email(self) -> str | UnsetType:
        """An e-mail address, or ""."""
        value = self.text("email")
        if isinstance(value, str) and value and not re.fullmatch(EMAIL, value):
            self.object(f"Invalid email address found: {value}")
            return UNSET
        return value

    def date(self, name: str) -> int | UnsetType | None:
        """An instant in one of the documented forms; None for ""."""
        value = self.given.get(name)
        if value is None:
            return UNSET
        try:
            return parse_date(value if isinstance(value, str) else shown(value))
        except ValueError:
            self.object(f"Invalid {name} found: {shown(value)}")
            return UNSET

    def flag(self, name: str) -> bool | UnsetType:
        """A boolean, or the text of one."""
        value = self.given.get(name)
        if value is None or isinstance(value, bool):
            return UNSET if value is None else value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        self.object(f"Invalid {name} found: {shown(value)}")
        return UNSET

    def number(self, name: str) -> int | UnsetType:
        """An id; -1, as samples have it, is none."""
        value = number_of(self.given.get(name))
        if value is None:
            if self.given.get(name) is not None:
                self.object(f"Invalid {name} found: {shown(self.given[name])}")
            return UNSET
        return UNSET if value == -1 else value

    def ids(self, name: str) -> list[int] | UnsetType:
        """The ids of a list of objects, each once, in their order."""
        value = self.given.get(name)
        if value is None:
            return UNSET
        entries = value if isinstance(value, list) else [None]
        found = [number_of(entry.get("id")) if isinstance(entry, dict) else None for entry in entries]
        if None in found:
            self.object(f"Invalid {name} found: {shown(value)}")
        return [one for one in dict.fromkeys(found) if one is not None]


def number_of(value: Any) -> int | None:
    """A whole number, or the text of one; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,18}", value, re.ASCII):
        return int(value)
    return None


def shown(value: Any) -> str:
    """The value in a message: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
