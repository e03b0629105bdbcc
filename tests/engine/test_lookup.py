"""An item is found by its id in any list, wherever it stood before."""

from __future__ import annotations

from types import SimpleNamespace

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


def test_it_forgets_places_before_there_are_too_many() -> None:
    items = [SimpleNamespace(id=f"item {n}") for n in range(100)]
    for _ in range(lookup._MOST_PLACES // 80):
        for item in items:
            item.id += "'"
            assert lookup.find(items, "id", item.id) is item
    assert len(lookup._PLACES) <= lookup._MOST_PLACES
