"""Turn a period into the digits of a NetCode, and back. The vendor's algorithm is secret; this one is our own.

1. Lock and server share a key: the model, the id (the time of initialisation, or the id of the K3Connect lock) and, for a
   KitLock, the identifier. A code depends on nothing else, so equal requests have equal answers.
2. Each period that can start on a day has a slot: 12 durations at 24 hours, and 7 durations at midnight. Rental codes
   have a table of their own with one slot. (day, slot) is a number below 10**digits. The days repeat after nine years
   with six digits, and after 93 years with seven.
3. A keyed Feistel network permutes these numbers. No two periods of one cycle have the same code, so a keypad opens
   exactly within the period of a code, and never by accident just before or after it.

The keypad inverts the permutation, finds the latest matching day that is not after its clock, and checks whether the
period includes the time of its clock. It does not know which codes the API has given out.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from locksim.codelocks.durations import DURATIONS, KL1060C2, KL1060G3, Duration, digits
from locksim.engine.timestamps import DAY, HOUR

__all__ = ["code_of", "latest_period", "period_at"]

_ROUNDS = 8
_SLOTS = tuple((d, hour) for d in DURATIONS if d.hours for hour in range(24)) + tuple(
    (d, 0) for d in DURATIONS if d.days and d.id < 37
)
_RENTALS = tuple((d, 0) for d in DURATIONS if d.id >= 37)
_PLACES = {slot: n for table in (_SLOTS, _RENTALS) for n, slot in enumerate(table)}


def code_of(model: str, id: str, identifier: str, duration: Duration, start: int) -> str:
    """Return the code of a period. `start` is in microseconds of the lock's own clock, a multiple of the duration's step."""
    length = digits(model, duration)
    table = _table(duration)
    day, hour = start // DAY, start % DAY // HOUR
    number = day % _cycle(length, table) * len(table) + _PLACES[duration, hour]
    return f"{_permute(_key(model, id, identifier), length, number):0{length}d}"


def period_at(model: str, id: str, identifier: str, code: str, now: int, grace: int = 0) -> tuple[Duration, int] | None:
    """Return (duration, start) of the code's period that includes `now` by the lock's own clock; None if there is none.

    `grace` is added to the end of the period, in microseconds.
    """
    period = latest_period(model, id, identifier, code, now // DAY)
    if period is None or not period[1] <= now < period[1] + period[0].length + grace:
        return None
    return period


def latest_period(model: str, id: str, identifier: str, code: str, today: int) -> tuple[Duration, int] | None:
    """Return (duration, start) of the code's latest period that starts on this day or before; None for no code.

    `today` is in days since 1970-01-01.
    """
    for table in (_SLOTS, _RENTALS):
        length = digits(model, table[0][0])
        if len(code) == length and code.isascii() and code.isdecimal():
            number = _invert(_key(model, id, identifier), length, int(code))
            day, slot = divmod(number, len(table))
            cycle = _cycle(length, table)
            duration, hour = table[slot]
            start = (today - (today - day) % cycle) * DAY + hour * HOUR
            if day < cycle and model in duration.models:
                return duration, start
    return None


def _table(duration: Duration) -> tuple[tuple[Duration, int], ...]:
    return _RENTALS if duration.id >= 37 else _SLOTS


def _cycle(length: int, table: tuple[tuple[Duration, int], ...]) -> int:
    """Return the number of days after which codes of this length repeat."""
    return int(10**length) // len(table)


@lru_cache(maxsize=64)
def _key(model: str, id: str, identifier: str) -> bytes:
    family = KL1060C2 if model == KL1060G3 else model  # observed: both models have the same codes
    return blake2b(repr((family, id, identifier)).encode(), person=b"our NetCode", digest_size=32).digest()


def _halves(length: int) -> tuple[int, int]:
    return 10 ** (length // 2), 10 ** (length - length // 2)


def _round(key: bytes, n: int, half: int) -> int:
    return int.from_bytes(blake2b(b"%d %d" % (n, half), key=key, digest_size=8).digest(), "big")


def _permute(key: bytes, length: int, number: int) -> int:
    high, low = _halves(length)
    left, right = divmod(number, low)
    for n in range(0, _ROUNDS, 2):
        left = (left + _round(key, n, right)) % high
        right = (right + _round(key, n + 1, left)) % low
    return left * low + right


def _invert(key: bytes, length: int, number: int) -> int:
    high, low = _halves(length)
    left, right = divmod(number, low)
    for n in range(_ROUNDS - 2, -1, -2):
        right = (right - _round(key, n + 1, left)) % low
        left = (left - _round(key, n, right)) % high
    return left * low + right
