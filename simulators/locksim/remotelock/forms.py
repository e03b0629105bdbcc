"""Read the `attributes` that a caller sent, each as a kind of value.

    form = Form(attributes, creating=True)
    form.text("name", required=True)
    form.choice("carrier", CARRIERS)
    values = form.values_or_errors(turn.near_miss)        # {attribute: value} of those that were sent; raises Invalid

On an update, only what is sent is read; a required attribute may be absent, but not empty. Null unsets an optional one.
Attributes that nothing has read are ignored and reported in the journal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from typing import Any, TypeVar

from locksim.api.near_miss import suggest
from locksim.remotelock.errors import Invalid

__all__ = ["EMPTY", "Form", "is_digits", "is_local_time", "is_time_of_day", "parse_date"]

T = TypeVar("T")

EMPTY = "is empty"
"""The document's own message (chapter *Resource errors*)."""
_INVALID = "is invalid"
_LISTED = "is not included in the list"

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?", re.ASCII)
_STAMP = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(Z|z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_DAY_FIRST, _DAY_LAST = date(1970, 1, 2), date(9998, 12, 30)
_MAX_LENGTH = 255
"""The most characters of a text. A longer one is an error."""


class Form:
    """Reads the attributes of a resource. `values` has the valid ones so far."""

    def __init__(self, attributes: dict[str, Any], *, creating: bool) -> None:
        self.sent = attributes
        self.creating = creating
        self.values: dict[str, Any] = {}
        self.errors: list[tuple[str | None, str]] = []
        self._read: set[str] = set()

    def add_error(self, attribute: str | None, message: str) -> None:
        """Add an error. All errors are reported together."""
        self.errors.append((attribute, message))
        self.values.pop(attribute or "", None)

    def values_or_errors(self, near_miss: Callable[[str], None]) -> dict[str, Any]:
        """Return the valid attributes that were sent. Raises Invalid if any is invalid."""
        for name in self.sent:
            if name not in self._read:
                near_miss(f"the attribute {name[:60]!r} is ignored; {suggest(name, sorted(self._read))}")
        if self.errors:
            raise Invalid(*self.errors)
        return self.values

    # ---- kinds of attributes

    def text(self, name: str, *, required: bool = False) -> str | None:
        """Read a text."""
        return self._take(name, required, lambda value: value if isinstance(value, str) else None)

    def email(self, name: str, *, required: bool = False) -> str | None:
        """Read an email address."""
        return self._take(name, required, lambda value: _match(_MAIL, value))

    def digits(self, name: str, low: int, high: int) -> str | None:
        """Read a text of digits, or a JSON integer (vendor-facts: public clients)."""

        def read(value: Any) -> str | None:
            text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
            return text if _match(_DIGITS, text) and low <= len(text) <= high else None

        return self._take(name, False, read, f"must have {low} to {high} digits")

    def flag(self, name: str) -> bool | None:
        """Read a boolean."""
        return self._take(name, False, lambda value: value if isinstance(value, bool) else None, nullable=False)

    def choice(self, name: str, options: Collection[Any], *, required: bool = False) -> Any:
        """Read one of these values."""

        def read(value: Any) -> Any:
            return next((option for option in options if type(option) is type(value) and option == value), None)

        return self._take(name, required, read, _LISTED, nullable=False)

    def integer(self, name: str, low: int, high: int) -> int | None:
        """Read an integer."""

        def read(value: Any) -> int | None:
            valid = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
            return value if valid else None

        return self._take(name, False, read, f"must be a whole number from {low} to {high}")

    def number(self, name: str, low: float, high: float) -> float | None:
        """Read a number."""

        def read(value: Any) -> float | None:
            valid = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
            return float(value) if valid else None

        return self._take(name, False, read, f"must be a number from {low:g} to {high:g}", nullable=False)

    def time(self, name: str) -> str | None:
        """Read a time of day: `14:00` or `14:00:00`. Return it as `14:00:00`."""
        return self._take(name, False, _time, "is not an ISO 8601 time")

    def local_time(self, name: str, default: str) -> bool:
        """Read a required local time. Its value is `2018-09-10T00:00:00`; a time zone is ignored.

        A date without a time of day gets `default`. Return whether it was one.
        """
        value = self._take(name, True, _local, "is not an ISO 8601 timestamp")
        if isinstance(value, str) and len(value) == 10:
            self.values[name] = f"{value}T{default}"
            return True
        return False

    def has_zone(self, name: str) -> bool:
        """Return whether this time was sent with a time zone."""
        match = _STAMP.fullmatch(value) if isinstance(value := self.sent.get(name), str) else None
        return match is not None and match[4] is not None

    def relation(self, name: str, exists: Callable[[str], bool], *, required: bool = False) -> str | None:
        """Read the id of something that must exist. Null unsets an optional relation."""
        return self._take(
            name, required, lambda value: value if isinstance(value, str) and exists(value) else None, "must exist"
        )

    def items(
        self, name: str, read: Callable[[Any], Any], *, required: bool = False, empty: bool = True
    ) -> list[Any] | None:
        """Read a list. `read` returns an item, or None for an invalid one. `empty`: whether it may be empty."""

        def read_all(value: Any) -> list[Any] | None:
            if not isinstance(value, list) or len(value) > 1000:
                return None
            found = [read(item) for item in value]
            return None if any(item is None for item in found) else found

        found: list[Any] | None = self._take(name, required, read_all, nullable=False)
        if found == [] and not empty:
            self.add_error(name, EMPTY)
        return found

    def _take(
        self,
        name: str,
        required: bool,
        read: Callable[[Any], T | None],
        message: str = _INVALID,
        *,
        nullable: bool = True,
    ) -> T | None:
        self._read.add(name)
        if name not in self.sent:
            if required and self.creating:
                self.add_error(name, EMPTY)
            return None
        value = self.sent[name]
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.add_error(name, EMPTY)
            elif not nullable:
                self.add_error(name, message)
            else:
                self.values[name] = None
            return None
        if isinstance(value, str) and len(value) > _MAX_LENGTH:
            self.add_error(name, f"is too long (maximum is {_MAX_LENGTH} characters)")
            return None
        found = read(value)
        if found is None:
            self.add_error(name, message)
        else:
            self.values[name] = found
        return found

    def accept(self, names: Iterable[str]) -> None:
        """Accept these attributes, which are read elsewhere."""
        self._read.update(names)


def _match(pattern: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _time(value: Any) -> str | None:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    return None if match is None else f"{match[1]}:{match[2]}:{match[3] or '00'}"


def parse_date(value: Any) -> str | None:
    """Return a valid date, as `2016-11-24`, or None."""
    if _match(_DATE, value) is None:
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return value if _DAY_FIRST <= found <= _DAY_LAST else None


def is_digits(text: str, low: int, high: int) -> bool:
    """Return whether this is a text of so many digits."""
    return _match(_DIGITS, text) is not None and low <= len(text) <= high


def is_time_of_day(text: str) -> bool:
    """Return whether this is a time of day as it is stored: `14:00:00`."""
    return _time(text) == text


def is_local_time(text: str) -> bool:
    """Return whether this is a local time as it is stored: `2018-09-10T00:00:00`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return False
    return found.isoformat() == text and len(text) == 19 and date.min.year < found.year < date.max.year


def _local(value: Any) -> str | None:
    match = _STAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None or parse_date(match[1]) is None:
        return None
    if match[2] is None:
        return match[1]
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ':00'}").isoformat()
    except ValueError:
        return None
