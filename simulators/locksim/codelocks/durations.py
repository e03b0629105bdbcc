"""The durations that a NetCode can have: the vendor's duration ids, in one table.

The document does not list them. Ids 0 to 18 are known from two client libraries, 37 as one of the rental codes
(vendor-facts). The names of the standard mode are from a recorded answer; those of the rental mode are ours.
"""

from __future__ import annotations

from typing import NamedTuple

from locksim.engine.timestamps import DAY, HOUR

__all__ = [
    "DURATIONS",
    "INIT_MODELS",
    "K3CONNECT",
    "KL1060",
    "KL1060C2",
    "KL1060G3",
    "KL1550",
    "MODELS",
    "RENTAL",
    "Duration",
    "digits",
    "find",
]

KL1060, KL1060C2, KL1060G3, KL1550, K3CONNECT = MODELS = ("KL1060", "KL1060C2", "KL1060G3", "KL1550", "K3CONNECT")
INIT_MODELS = (KL1060, KL1060C2, KL1550)
"""The models that /init has a sequence for."""

STANDARD = ("standard", "alltime")
RENTAL = ("urm", "rental")

_DIGITS = {KL1060: 6, KL1060C2: 7, KL1060G3: 7, KL1550: 6, K3CONNECT: 6}
_RENTAL_DIGITS = 12


class Duration(NamedTuple):
    """A number of hours or of days, and the lock models that have it."""

    id: int
    mode: str
    submode: str
    days: int
    hours: int
    models: tuple[str, ...]

    @property
    def length(self) -> int:
        """The length in microseconds."""
        return self.days * DAY + self.hours * HOUR

    @property
    def step(self) -> int:
        """Every start is a multiple of this: hour codes start on the hour, day codes at midnight."""
        return DAY if self.days else HOUR


DURATIONS: tuple[Duration, ...] = (
    *(Duration(n, *STANDARD, 0, n + 1, MODELS) for n in range(12)),
    *(Duration(n, *STANDARD, n - 11, 0, MODELS) for n in range(12, 19)),
    Duration(37, *RENTAL, 120, 0, (KL1060, KL1060C2, KL1060G3)),
)

_BY_ID = {duration.id: duration for duration in DURATIONS}


def find(id: int, model: str) -> Duration | None:
    """Return the duration of this id; None if the lock model does not have it."""
    duration = _BY_ID.get(id)
    return duration if duration is not None and model in duration.models else None


def digits(model: str, duration: Duration) -> int:
    """Return how many digits a code has (public notes: KL1060 6, C2 and G3 7, the 120-day rental code 12)."""
    return _RENTAL_DIGITS if (duration.mode, duration.submode) == RENTAL else _DIGITS[model]
