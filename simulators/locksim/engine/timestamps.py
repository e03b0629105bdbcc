"""Time in the engine: an integer, the microseconds since 1970-01-01T00:00:00Z. No clock is read here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

__all__ = [
    "DAY",
    "FAR",
    "FIRST",
    "HOUR",
    "LAST",
    "MINUTE",
    "SECOND",
    "http_date",
    "iso",
    "micros",
    "moment",
    "parse_iso",
]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FAR = 366 * DAY
"""A clock that jumps further than this need not stop at every routine event on its way."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = (datetime(1, 1, 2, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
LAST = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
"""The first and the last time that can be written as a date."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def moment(us: int) -> datetime:
    """Return the time as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=us)


def micros(seconds: Decimal | int | str | float) -> int:
    """Return a duration in seconds as microseconds. A float counts as its shortest decimal text, so 0.1 is exact.

    Raises:
        ValueError: It is no finite number, or too long for a date before the year 10000.
    """
    try:
        us = Decimal(str(seconds)).scaleb(6).to_integral_value()
    except InvalidOperation:
        raise ValueError(f"{seconds!r} is not a number of seconds") from None
    if not us.is_finite() or abs(us) > LAST:
        raise ValueError(f"{seconds!r} seconds are beyond the end of a world's clock, the year 9999")
    return int(us)


@lru_cache(maxsize=1024)  # the same few times are in every answer, and strftime is slow
def iso(us: int) -> str:
    """Return the time as `2026-01-05T08:00:00Z`, with six more digits if it has a fraction."""
    at = moment(us)
    return at.strftime("%Y-%m-%dT%H:%M:%S" if not at.microsecond else "%Y-%m-%dT%H:%M:%S.%f").rjust(19, "0") + "Z"


def parse_iso(text: str) -> int:
    """Return the time of an ISO 8601 text with a zone (`…Z` or `+02:00`). Raises ValueError with a sentence."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an ISO 8601 time; write 2026-01-05T08:00:00Z") from None
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no zone; write it with Z, as 2026-01-05T08:00:00Z")
    return (at - _EPOCH) // timedelta(microseconds=1)


def http_date(us: int) -> str:
    """Return the time as an HTTP `Date` header has it, whatever the locale."""
    return _http_date(us - us % SECOND)


@lru_cache(maxsize=16)  # every answer has a date, and a busy second has many answers
def _http_date(us: int) -> str:
    at = moment(us)
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {at:%H:%M:%S} GMT"
