"""An item is found by its id in any list, wherever it stood before."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine import lookup


@given(st.lists(st.lists(st.integers(0, 9), unique=True, max_size=6), max_size=4), st.lists(st.integers(0, 11)))
def test_it_finds_what_a_search_finds(lists: list[list[int]], asked: list[int]) -> None:
    """Lists of any lengths, in which an id stands at other places than in the example before."""
    seen: set[int] = set()
    unique = [[SimpleNamespace(id=n) for n in numbers if not (n in seen or seen.add(n))] for numbers in lists]  # type: ignore[func-returns-value]
    for id_ in asked:
        expected = [(number, item) for number, items in enumerate(unique) for item in items if item.id == id_]
        assert lookup.locate(unique, "id", id_) == (expected[0] if expected else None)


@pytest.mark.parametrize("most", [3, 50, 120])
def test_it_forgets_places_before_there_are_too_many(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_MOST_PLACES", most)
    monkeypatch.setattr(lookup, "_PLACES", {})
    items = [SimpleNamespace(id=f"item {n}") for n in range(100)]
    for _ in range(3):
        for item in reversed(items):
            item.id += "'"
            assert lookup.find(items, "id", item.id) is item
            assert max(map(len, lookup._PLACES.values())) <= most


def test_one_search_finds_all_items_before_the_one_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[Any] = []
    search = lookup._search

    def note(items: Sequence[Any], attribute: str, id_: Hashable) -> int | None:
        searched.append(id_)
        return search(items, attribute, id_)

    monkeypatch.setattr(lookup, "_PLACES", {})
    monkeypatch.setattr(lookup, "_search", note)
    items = [SimpleNamespace(id=n) for n in range(100)]
    for n in (70, *range(71)):
        assert lookup.find(items, "id", n) is items[n]
        assert lookup.place_of(items, "id", n) == n
    assert searched == [70]
