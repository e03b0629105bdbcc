"""Seeded random values, and conversions of times."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.seeded_random import seeded
from locksim.engine.timestamps import http_date, iso, micros, parse_iso

TIMES = st.integers(0, 250_000_000_000_000_000)
KEYS = st.lists(st.integers() | st.text(max_size=5), max_size=3)


@given(st.integers(-(2**63), 2**63), KEYS)
def test_the_same_key_gives_the_same_value(seed: int, key: list[int | str]) -> None:
    assert seeded(seed, "v", "token", *key) == seeded(seed, "v", "token", *key)


@given(KEYS, KEYS)
def test_keys_differ_by_type_and_position(one: list[int | str], other: list[int | str]) -> None:
    assert (seeded(1, "v", "l", *one) == seeded(1, "v", "l", *other)) == (one == other)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_between_stays_within_its_bounds(low: int, span: int) -> None:
    assert low <= seeded(0, "", "x", low, span).between(low, low + span) <= low + span


def test_happens_never_at_zero_and_always_at_one() -> None:
    assert not any(seeded(0, "", "x", n).happens(0) for n in range(100))
    assert all(seeded(0, "", "x", n).happens(1) for n in range(100))


def test_a_uuid_has_version_four() -> None:
    import uuid

    made = uuid.UUID(seeded(7, "v", "user", 1).uuid())
    assert (made.version, made.variant) == (4, uuid.RFC_4122)


@given(TIMES)
def test_parsing_an_iso_text_returns_its_time(us: int) -> None:
    assert parse_iso(iso(us)) == us


@given(st.decimals(-(10**9), 10**9, places=6))
def test_seconds_become_microseconds_exactly(seconds: Decimal) -> None:
    assert micros(seconds) == int(seconds * 1_000_000)
    assert micros(str(seconds)) == int(seconds * 1_000_000)


def test_a_float_counts_as_its_decimal_text() -> None:
    assert micros(29.9) == 29_900_000
    assert micros(0.1) == 100_000


@pytest.mark.parametrize("seconds", ["soon", "NaN", "Infinity", 1e300])
def test_an_invalid_duration_is_refused(seconds: str | float) -> None:
    with pytest.raises(ValueError, match=r"not a number|beyond"):
        micros(seconds)


@pytest.mark.parametrize("text", ["yesterday", "2026-01-05T08:00:00", ""])
def test_an_invalid_time_or_a_time_without_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"ISO 8601|no zone"):
        parse_iso(text)


def test_http_dates_have_the_format_of_http() -> None:
    assert http_date(parse_iso("2026-02-01T00:00:09Z")) == "Sun, 01 Feb 2026 00:00:09 GMT"
