"""Pages: every resource once, numbers clamped, and no further than the 10,000th."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.remotelock.entities import Location
from tests.remotelock.caller import Caller


def with_locations(count: int) -> Caller:
    caller = Caller()
    for number in range(count):
        location = Location(
            id=f"l{number}", created_at=number, updated_at=number, name=f"{number % 7}", time_zone="UTC"
        )
        caller.account.collections.locations.save(location)
    return caller


@pytest.mark.rule("RL-R50")
@settings(max_examples=20)
@given(count=st.integers(0, 60), size=st.integers(1, 50))
def test_pages_together_are_the_whole_collection(count: int, size: int) -> None:
    caller = with_locations(count)
    seen: list[str] = []
    page = 1
    while True:
        reply = caller.get("/locations", {"per_page": size, "page": page})
        meta, total = reply.json["meta"], count + 3
        assert meta == {"page": page, "per_page": size, "total_pages": -(-total // size), "total_count": total}
        seen += reply.ids
        if page >= meta["total_pages"]:
            break
        assert len(reply.ids) == size
        page += 1
    assert len(seen) == len(set(seen)) == count + 3


@pytest.mark.rule("RL-R50")
def test_twenty_five_by_default(caller: Caller) -> None:
    caller = with_locations(30)
    assert caller.get("/locations").json["meta"] == {"page": 1, "per_page": 25, "total_pages": 2, "total_count": 33}
    assert len(caller.get("/locations").ids) == 25


@pytest.mark.rule("RL-R53")
def test_numbers_out_of_range_are_clamped_and_meta_shows_them(caller: Caller) -> None:
    for query, page, size in (
        ("page=0", 1, 25),
        ("page=-3&per_page=-1", 1, 1),
        ("per_page=0", 1, 1),
        ("per_page=51", 1, 50),
        ("per_page=1000", 1, 50),
        ("page=abc&per_page=x", 1, 25),
        ("page=&per_page=", 1, 25),
        ("page=1.5", 1, 25),
        ("page=2&page=1", 1, 25),
        ("page[]=2", 1, 25),
    ):
        meta = caller.get("/locations", query).json["meta"]
        assert (meta["page"], meta["per_page"]) == (page, size), query


@pytest.mark.rule("RL-R53", "RL-R68")
def test_beyond_the_last_page_there_is_nothing(caller: Caller) -> None:
    reply = caller.get("/locations", "page=9")
    assert (reply.status, reply.data) == (200, [])
    assert reply.json["meta"] == {"page": 9, "per_page": 25, "total_pages": 1, "total_count": 3}


@pytest.mark.rule("RL-R53")
def test_an_empty_collection_has_no_pages(caller: Caller) -> None:
    meta = caller.get("/devices", "type=camera").json["meta"]
    assert meta == {"page": 1, "per_page": 25, "total_pages": 0, "total_count": 0}


@pytest.mark.rule("RL-R51", "RL-R52")
@given(size=st.integers(1, 50), page=st.integers(1, 20_000))
@settings(max_examples=30)
def test_no_further_than_the_ten_thousandth(size: int, page: int) -> None:
    reply = Caller().get("/locations", {"per_page": size, "page": page})
    assert reply.status == (400 if page * size > 10_000 else 200)
    if reply.status == 400:
        assert list(reply.json) == ["message", "type"]


@pytest.mark.rule("RL-R51")
def test_the_bound_is_on_the_product_whatever_there_is(caller: Caller) -> None:
    assert caller.get("/locations", "per_page=50&page=200").status == 200
    assert caller.get("/locations", "per_page=50&page=201").status == 400
    assert caller.get("/locations", f"page={10**17}").status == 400


@pytest.mark.rule("RL-R551")
def test_an_empty_collection_has_no_page(caller: Caller) -> None:
    meta = caller.get("/devices", "type=camera").json["meta"]
    assert meta == {"page": 1, "per_page": 25, "total_pages": 0, "total_count": 0}
