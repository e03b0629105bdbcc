"""NetCodes: how a period becomes digits, and how a keypad that knows the time reads them back. The algorithm is our own;
the vendor's is secret.

1. Lock and server share a key: the model, the id (the time of initialisation, or the K3Connect lock's id) and, for a
   KitLock, the identifier. Nothing else goes in, so the same question always has the same answer.
2. Each period that can start on a day has a slot: 12 durations at 24 hours, and 7 that start at midnight; a rental code has one
   alone, and digits of its own. (day, slot) is a number below 10**digits: after some nine years of six digits (93 of seven)
   the days begin again.
3. A keyed Feistel network shuffles these numbers among themselves. Being a permutation, it gives no two periods of
   one cycle the same code; so a keypad opens exactly within a code's period, and not by accident a minute beside it.

The keypad undoes the shuffle, finds the latest day not behind its clock that the number can mean, and looks whether the
period holds now. It knows nothing of what was ever asked of the API.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from locksim.codelocks.durations import DURATIONS, Duration, digits
from locksim.engine.timestamps import DAY, HOUR

__all__ = ["code_of", "period_at"]

_ROUNDS = 8
_SLOTS = tuple((d, hour) for d in DURATIONS if d.hours for hour in range(24)) + tuple(
    (d, 0) for d in DURATIONS if d.days and d.id < 37
)
_RENTALS = tuple((d, 0) for d in DURATIONS if d.id >= 37)
_PLACES = {slot: n for table in (_SLOTS, _RENTALS) for n, slot in enumerate(table)}


def code_of(model: str, id: str, identifier: str, duration: Duration, start: int) -> str:
    """The code for a period. `start`: microseconds of the lock's own clock, on the duration's step."""
    length = digits(model, duration)
    table = _table(duration)
    day, hour = start // DAY, start % DAY // HOUR
    number = day % _cycle(length, table) * len(table) + _PLACES[duration, hour]
    return f"{_shuffle(_key(model, id, identifier), length, number):0{length}d}"


def period_at(model: str, id: str, identifier: str, code: str, now: int) -> tuple[Duration, int] | None:
    """(duration, start) of the period that this code has and that holds at `now`, by the lock's own clock."""
    for table in (_SLOTS, _RENTALS):
        length = digits(model, table[0][0])
        if len(code) == length and code.isascii() and code.isdecimal():
            number = _unshuffle(_key(model, id, identifier), length, int(code))
            day, slot = divmod(number, len(table))
            cycle = _cycle(length, table)
            duration, hour = table[slot]
            today = now // DAY
            start = (today - (today - day) % cycle) * DAY + hour * HOUR
            if day < cycle and model in duration.models and start <= now < start + duration.length:
                return duration, start
    return None


def _table(duration: Duration) -> tuple[tuple[Duration, int], ...]:
    return _RENTALS if duration.id >= 37 else _SLOTS


def _cycle(length: int, table: tuple[tuple[Duration, int], ...]) -> int:
    """Days until codes of this length come again."""
    return int(10**length) // len(table)


@lru_cache(maxsize=64)
def _key(model: str, id: str, identifier: str) -> bytes:
    return blake2b(repr((model, id, identifier)).encode(), person=b"our NetCode", digest_size=32).digest()


def _halves(length: int) -> tuple[int, int]:
    return 10 ** (length // 2), 10 ** (length - length // 2)


def _turn(key: bytes, n: int, half: int) -> int:
    return int.from_bytes(blake2b(b"%d %d" % (n, half), key=key, digest_size=8).digest(), "big")


def _shuffle(key: bytes, length: int, number: int) -> int:
    high, low = _halves(length)
    left, right = divmod(number, low)
    for n in range(0, _ROUNDS, 2):
        left = (left + _turn(key, n, right)) % high
        right = (right + _turn(key, n + 1, left)) % low
    return left * low + right


def _unshuffle(key: bytes, length: int, number: int) -> int:
    high, low = _halves(length)
    left, right = divmod(number, low)
    for n in range(_ROUNDS - 2, -1, -2):
        right = (right - _turn(key, n + 1, left)) % low
        left = (left - _turn(key, n, right)) % high
    return left * low + right
