"""The indexes of the tables say what the tables say, whatever a batch does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from locksim.lockt.indexes import Indexes, Overlay, check, indexes_of
from locksim.lockt.seed import MARY, SPARE_FOB
from tests.lockt.customer import Customer

KEYS = st.integers(0, 4)


@given(st.dictionaries(KEYS, st.integers()), st.lists(st.tuples(st.sampled_from(["set", "discard"]), KEYS)))
def test_an_overlay_is_what_a_copy_would_be(base: dict[int, int], changes: list[tuple[str, int]]) -> None:
    before, copy, overlay = dict(base), dict(base), Overlay(base)
    for n, (change, key) in enumerate(changes):
        if change == "set":
            copy[key] = overlay[key] = n
        else:
            copy.pop(key, None)
            overlay.discard(key)
        assert [overlay.get(one) for one in range(5)] == [copy.get(one) for one in range(5)]
        assert [one in overlay for one in range(5)] == [one in copy for one in range(5)]
        assert len(overlay) == len(copy)
        assert base == before
    overlay.commit()
    assert list(base.items()) == list(copy.items())


def test_batches_in_any_order_leave_the_indexes_right(customer: Customer) -> None:
    """Each turn of this world is checked, too: it is strict."""
    draw = random.Random(1)
    for _ in range(40):
        user = {
            "id_num": draw.choice(["", "A-1", "A-2", "A-3"]), "email": draw.choice(["", "a@b.com", "A@B.com", "c@d.com"]),
            "first_name": "Ada", "card_num": draw.choice(["", *map(str, range(70000, 70006))]),
        }  # fmt: skip
        fob = {"name": "Fob", "card_num": str(draw.randint(70000, 80000)), "id_num": draw.choice(["", "F-1", "F-2"])}
        kind, node, record = draw.choice(
            [("user", "users", user), ("fob", "fobs", fob), ("door", "doors", {"name": "D"})]
        )
        customer.post(f"/{kind}", {node: [record], "update_existing": draw.random() < 0.8})
        state = customer.state
        cards = [one.card_num for one in state.credentials.values()]
        cards += [card for one in state.fobs.values() for card in one.cards if card]
        assert customer.get("/nextcardnum").data == [{"card_num": str(max(map(int, cards)) + 1)}]
        assert {card: indexes_of(state).holder(card) for card in cards}.keys() == set(cards)
        check(state)


def test_tables_that_are_replaced_get_new_indexes(customer: Customer) -> None:
    state = customer.state
    assert indexes_of(state) is indexes_of(state)
    state.fobs = {id_: replace(fob, card_num=f"9{id_}") for id_, fob in state.fobs.items()}
    assert indexes_of(state).cards == Indexes(state).cards
    assert f"9{SPARE_FOB}" in indexes_of(state).cards


def test_an_index_that_is_out_of_date_is_a_contradiction(customer: Customer) -> None:
    state = customer.state
    check(state)  # nobody has asked for them yet
    assert indexes_of(state).highest_card > 0
    check(state)
    state.users[MARY] = replace(state.users[MARY], id_num="changed")
    with pytest.raises(AssertionError, match="id_nums is out of date"):
        customer.world.core.check()
