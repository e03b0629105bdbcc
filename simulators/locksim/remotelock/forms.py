"""What a caller sends: the `attributes` of a resource, each read by its kind.

    form = Form(attributes, creating=True)
    form.text("name", required=True)
    form.choice("carrier", CARRIERS)
    values = form.done(turn.near_miss)        # {attribute: value} of those that were sent; raises Invalid with all errors

On an update only what is sent is read; what is required may then be absent, but not empty. null unsets what is optional.
Attributes that no line has read are ignored, and said in the journal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from locksim.remotelock.errors import Invalid

__all__ = ["EMPTY", "Form", "day"]

T = TypeVar("T")

EMPTY = "is empty"
"""The document's own words (chapter *Resource errors*)."""
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
_MAX = 255
"""Characters of a text. What is longer is refused rather than cut."""


class Form:
    """See the module. `values` is what was read so far."""

    def __init__(self, attributes: dict[str, Any], *, creating: bool) -> None:
        self.sent = attributes
        self.creating = creating
        self.values: dict[str, Any] = {}
        self.errors: list[tuple[str | None, str]] = []
        self._read: set[str] = set()

    def wrong(self, attribute: str | None, message: str) -> None:
        """Note an error; all are told at once."""
        self.errors.append((attribute, message))
        self.values.pop(attribute or "", None)

    def done(self, miss: Callable[[str], None]) -> dict[str, Any]:
        """What was sent and is right. Raises Invalid when anything is not."""
        for name in self.sent:
            if name not in self._read:
                near = get_close_matches(str(name)[:60], sorted(self._read), n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(self._read)) or 'none'}"
                miss(f"the attribute {str(name)[:60]!r} is ignored; {hint}")
        if self.errors:
            raise Invalid(*self.errors)
        return self.values

    # ---- kinds

    def text(self, name: str, *, required: bool = False) -> str | None:
        """A text. Numbers are taken as texts, as the service's own forms do."""
        return self._take(name, required, lambda value: value if isinstance(value, str) else None)

    def email(self, name: str, *, required: bool = False) -> str | None:
        """Something at something."""
        return self._take(name, required, lambda value: _fits(_MAIL, value))

    def digits(self, name: str, low: int, high: int) -> str | None:
        """A text of digits, or a JSON integer (vendor-facts: public clients)."""

        def read(value: Any) -> str | None:
            text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
            return text if _fits(_DIGITS, text) and low <= len(text) <= high else None

        return self._take(name, False, read, f"must have {low} to {high} digits")

    def flag(self, name: str) -> bool | None:
        """True or false."""
        return self._take(name, False, lambda value: value if isinstance(value, bool) else None, nullable=False)

    def choice(self, name: str, among: Collection[Any], *, required: bool = False) -> Any:
        """One of these."""
        listed = list(among)

        def read(value: Any) -> Any:
            same = [one for one in listed if type(one) is type(value) and one == value]
            return same[0] if same else None

        return self._take(name, required, read, _LISTED, nullable=False)

    def whole(self, name: str, low: int, high: int) -> int | None:
        """A whole number."""

        def read(value: Any) -> int | None:
            ok = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
            return value if ok else None

        return self._take(name, False, read, f"must be a whole number from {low} to {high}")

    def number(self, name: str, low: float, high: float) -> float | None:
        """A number."""

        def read(value: Any) -> float | None:
            ok = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
            return float(value) if ok else None

        return self._take(name, False, read, f"must be a number from {low:g} to {high:g}", nullable=False)

    def time(self, name: str) -> str | None:
        """A time of day, `14:00` or `14:00:00` → `14:00:00`."""
        return self._take(name, False, _time, "is not an ISO 8601 time")

    def stamp(self, name: str, default: str) -> bool:
        """A local time without zone, required → `2018-09-10T00:00:00`. A zone is dropped, and so the wall time stays.

        A date alone gets the time of day `default`. → whether it was one.
        """
        value = self._take(name, True, _local, "is not an ISO 8601 timestamp")
        if isinstance(value, str) and len(value) == 10:
            self.values[name] = f"{value}T{default}"
            return True
        return False

    def zoned(self, name: str) -> bool:
        """Whether this time came with a zone, which was dropped."""
        match = _STAMP.fullmatch(value) if isinstance(value := self.sent.get(name), str) else None
        return match is not None and match[4] is not None

    def relation(self, name: str, exists: Callable[[str], bool], *, required: bool = False) -> str | None:
        """The id of something that must exist; null unsets it where it is optional."""
        return self._take(
            name, required, lambda value: value if isinstance(value, str) and exists(value) else None, "must exist"
        )

    def items(
        self, name: str, read: Callable[[Any], Any], *, required: bool = False, empty: bool = True
    ) -> list[Any] | None:
        """A list, each item read by `read` (None: wrong). `empty`: whether it may be."""

        def read_all(value: Any) -> list[Any] | None:
            if not isinstance(value, list) or len(value) > 1000:
                return None
            found = [read(item) for item in value]
            return None if any(item is None for item in found) else found

        found: list[Any] | None = self._take(name, required, read_all, nullable=False)
        if found == [] and not empty:
            self.wrong(name, EMPTY)
        return found

    def _take(
        self,
        name: str,
        required: bool,
        read: Callable[[Any], T | None],
        otherwise: str = _INVALID,
        *,
        nullable: bool = True,
    ) -> T | None:
        self._read.add(name)
        if name not in self.sent:
            if required and self.creating:
                self.wrong(name, EMPTY)
            return None
        value = self.sent[name]
        if value is None or (isinstance(value, str) and not value.strip()):
            if required:
                self.wrong(name, EMPTY)
            elif not nullable:
                self.wrong(name, otherwise)
            else:
                self.values[name] = None
            return None
        if isinstance(value, str) and len(value) > _MAX:
            self.wrong(name, f"is too long (maximum is {_MAX} characters)")
            return None
        found = read(value)
        if found is None:
            self.wrong(name, otherwise)
        else:
            self.values[name] = found
        return found

    def ignore(self, names: Iterable[str]) -> None:
        """These are read elsewhere."""
        self._read.update(names)


def _fits(pattern: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _time(value: Any) -> str | None:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    return None if match is None else f"{match[1]}:{match[2]}:{match[3] or '00'}"


def day(value: Any) -> str | None:
    """A date, as `2016-11-24`; None for what is none."""
    if _fits(_DATE, value) is None:
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return value if _DAY_FIRST <= found <= _DAY_LAST else None


def _local(value: Any) -> str | None:
    match = _STAMP.fullmatch(value) if isinstance(value, str) else None
    if match is None or day(match[1]) is None:
        return None
    if match[2] is None:
        return match[1]
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ':00'}").isoformat()
    except ValueError:
        return None
