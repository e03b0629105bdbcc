"""Two stand-ins are compared at an age at which the clock strikes for neither while a sequence lasts."""

from __future__ import annotations

import pytest

from lockpact.drift.run import EARLY, common_age
from lockpact.drift.side import Side


class Young(Side):
    """A side whose world began at this minute of an hour, and is so many seconds old."""

    def __init__(self, minute: int, age: float) -> None:
        self.start = 1_767_600_000 + minute * 60.0
        self._old = age

    def elapsed(self) -> float:
        return self._old


@pytest.mark.parametrize("one", range(0, 60, 7))
@pytest.mark.parametrize("other", range(0, 60, 5))
def test_both_are_early_in_an_hour_and_no_younger_than_they_are(one: int, other: int) -> None:
    age = common_age([Young(one, 3.2), Young(other, 700.1)])
    assert 702 <= age < 702 + 3600
    assert all((minute * 60 + age) % 3600 <= EARLY for minute in (one, other))
