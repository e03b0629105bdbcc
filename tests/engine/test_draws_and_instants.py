"""Chance without dice, time without a clock."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.seeded_random import seeded
from locksim.engine.timestamps import http_date, iso, micros, parse_iso

INSTANTS = st.integers(0, 250_000_000_000_000_000)
KEYS = st.lists(st.integers() | st.text(max_size=5), max_size=3)


@given(st.integers(-(2**63), 2**63), KEYS)
def test_the_same_question_gets_the_same_draw(seed: int, key: list[int | str]) -> None:
    assert seeded(seed, "v", "token", *key) == seeded(seed, "v", "token", *key)


@given(KEYS, KEYS)
def test_keys_are_told_apart_by_type_and_place(one: list[int | str], other: list[int | str]) -> None:
    assert (seeded(1, "v", "l", *one) == seeded(1, "v", "l", *other)) == (one == other)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_between_stays_between(low: int, span: int) -> None:
    assert low <= seeded(0, "", "x", low, span).between(low, low + span) <= low + span


def test_happens_never_at_zero_and_always_at_one() -> None:
    assert not any(seeded(0, "", "x", n).happens(0) for n in range(100))
    assert all(seeded(0, "", "x", n).happens(1) for n in range(100))


def test_a_uuid_has_the_form_of_version_four() -> None:
    import uuid

    made = uuid.UUID(seeded(7, "v", "user", 1).uuid())
    assert (made.version, made.variant) == (4, uuid.RFC_4122)


@given(INSTANTS)
def test_iso_text_and_instant_are_the_same(us: int) -> None:
    assert parse_iso(iso(us)) == us


@given(st.decimals(-(10**9), 10**9, places=6))
def test_seconds_become_microseconds_exactly(seconds: Decimal) -> None:
    assert micros(seconds) == int(seconds * 1_000_000)
    assert micros(str(seconds)) == int(seconds * 1_000_000)


def test_a_float_means_what_it_reads() -> None:
    assert micros(29.9) == 29_900_000
    assert micros(0.1) == 100_000


@pytest.mark.parametrize("seconds", ["soon", "NaN", "Infinity", 1e300])
def test_a_length_that_is_none_is_told(seconds: str | float) -> None:
    with pytest.raises(ValueError, match=r"not a number|beyond"):
        micros(seconds)


@pytest.mark.parametrize("text", ["yesterday", "2026-01-05T08:00:00", ""])
def test_an_instant_without_zone_or_sense_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"ISO 8601|no zone"):
        parse_iso(text)


def test_dates_are_http_dates() -> None:
    assert http_date(parse_iso("2026-02-01T00:00:09Z")) == "Sun, 01 Feb 2026 00:00:09 GMT"
