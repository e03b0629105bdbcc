"""An indexed collection gives the same pages as filtering and sorting everything."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.remotelock.indexed_collections import IndexedCollection, SortOrder

NAMES = st.sampled_from(["", "A", "B", "a", "b", "ä", "Z", None])
KINDS = ("lock", "door", None)
KEYS = ("name", "kind", "created_at")


class Item(msgspec.Struct):
    id: str
    created_at: int
    name: str | None
    kind: str | None
    sequence: int = 0


ITEMS = st.builds(
    Item, st.integers(0, 12).map(str), st.integers(0, 3), NAMES, st.sampled_from(KINDS), st.integers(0, 2)
)
ORDERS = st.lists(st.tuples(st.sampled_from(KEYS), st.booleans()), max_size=3, unique_by=lambda key: key[0]).map(tuple)
WHERES = st.fixed_dictionaries({}, optional={name: st.frozensets(st.sampled_from(KINDS)) for name in ("kind", "same")})
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), ITEMS),
        st.tuples(st.just("drop"), st.integers(0, 12).map(str)),
        st.tuples(st.just("page"), st.tuples(WHERES, ORDERS, st.integers(0, 5), st.integers(1, 6))),
    ),
    max_size=40,
)


def collection_of(items: dict[str, Item], reads: list[str] | None = None) -> IndexedCollection[Item]:
    def kind(item: Item) -> str | None:
        if reads is not None:
            reads.append(item.id)
        return item.kind

    sorts: dict[str, Any] = {
        "name": lambda item: item.name, "kind": kind, "created_at": lambda item: item.created_at
    }  # fmt: skip
    return IndexedCollection(items, facets={"kind": kind, "same": kind}, sorts=sorts, indexed=("kind",))


def expected(items: dict[str, Item], where: Any, order: SortOrder) -> list[str]:
    found = [item for item in items.values() if all(item.kind in values for values in where.values())]
    downwards = bool(order) and order[-1][1]
    found.sort(key=lambda item: (item.created_at, item.sequence, item.id), reverse=downwards)
    for name, descending in reversed(order):
        known = [item for item in found if getattr(item, name) is not None]
        known.sort(key=lambda item: getattr(item, name), reverse=descending)
        found = known + [item for item in found if getattr(item, name) is None]
    return [item.id for item in found]


@pytest.mark.rule("RL-R63")
@given(steps=STEPS)
def test_every_page_equals_that_of_a_new_sort(steps: list[tuple[str, Any]]) -> None:
    items: dict[str, Item] = {}
    collection = collection_of(items)
    for step, what in steps:
        if step == "keep":
            collection.save(what)
        elif step == "drop" and what in items:
            collection.remove(what)
        elif step == "page":
            where, order, start, count = what
            wanted = expected(items, where, order)
            page, total = collection.page(where, order, start, count)
            assert ([item.id for item in page], total) == (wanted[start : start + count], len(wanted))
        collection.check()


@given(steps=STEPS)
def test_ids_narrow_a_page_like_any_facet(steps: list[tuple[str, Any]]) -> None:
    items = {item.id: item for step, item in steps if step == "keep"}
    ids = frozenset([*list(items)[::2], "never"])
    page, total = collection_of(items).page({"id": ids}, (), 0, 50)
    assert [item.id for item in page] == [key for key in expected(items, {}, ()) if key in ids]
    assert total == len(page)


@pytest.mark.rule("RL-R54")
@settings(max_examples=20)
@given(n=st.integers(1, 300), start=st.integers(0, 300), order=ORDERS)
def test_a_page_reads_no_item_again_once_its_order_is_known(n: int, start: int, order: SortOrder) -> None:
    reads: list[str] = []
    collection = collection_of({str(i): Item(str(i), i % 7, str(i % 5), KINDS[i % 3]) for i in range(n)}, reads)
    collection.page({"kind": frozenset({"lock"})}, order, 0, 1)
    reads.clear()
    collection.page({"kind": frozenset({"lock"})}, order, start, 50)
    assert reads == []
    collection.save(Item("new", 3, "x", "lock"))
    assert set(reads) == {"new"}


def test_unused_views_are_deleted() -> None:
    collection = collection_of({str(i): Item(str(i), 0, "x", "lock") for i in range(3)})
    for number in range(500):
        collection.page({"same": frozenset({number})}, (), 0, 1)
    assert len(collection._views) <= 48
    assert collection.page({}, (), 0, 50)[1] == 3
