"""What a sequence begins and ends with, and how far it is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from lockpact.drift.operations import HttpOperation, OperationTable, SequenceStep
from lockpact.drift.search import CHANGES, Search
from lockpact.drift.server_under_test import Observation, ServerUnderTest
from lockpact.live.stage import Limits

OPERATIONS = OperationTable(
    operations=(
        HttpOperation("list", "GET", "/things", reads=True, opens=True, finds={"thing": "*.id"}),
        HttpOperation("first", "GET", "/things/{thing}", reads=True),
        HttpOperation("shop", "GET", "/shop", reads=True),
    ),
    identities=frozenset({"id"}),
)


class Shop:
    """Answers as a server with these things would; `order` is theirs in the list, `about` what it says of itself."""

    fork, began, addresses = None, 0, ()

    def __init__(self, order: Sequence[str], about: Any = None) -> None:
        self.limits = Limits(lambda path, method="GET": True)
        self.ran: list[list[str]] = []
        self._about = about
        self.things = [{"id": number, "name": name} for number, name in enumerate(order, 1)]

    def run(self, steps: Sequence[SequenceStep]) -> list[Observation]:
        self.ran.append([step.operation for step in steps])
        said: dict[str, Any] = {"list": self.things, "first": self.things[0], "shop": {"about": self._about}}
        return [Observation(step, step.operation, 200, said[step.operation]) for step in steps]


def search(baseline: Shop, candidate: Shop) -> Search:
    return Search(OPERATIONS, cast("ServerUnderTest", baseline), cast("ServerUnderTest", candidate), 0)


def test_a_sequence_ends_with_the_reads_that_it_began_with() -> None:
    shop = Shop(["a", "b"])
    list(search(shop, Shop(["a", "b"])).run(0, 5))
    assert len(shop.ran[0]) == 1 + 5 + CHANGES + 1
    assert (shop.ran[0][0], shop.ran[0][-1]) == ("list", "list")


def test_after_another_order_of_items_the_comparison_stops() -> None:
    found = [f for number in range(5) for f in search(Shop(["a", "b"]), Shop(["b", "a"])).run(number, 5)]
    assert {f.name for f in found} == {"list: order"}


def test_a_difference_in_a_read_does_not_hide_later_ones() -> None:
    baseline, candidate = Shop(["a", "b"]), Shop(["A", "b"])
    there = search(baseline, candidate)
    assert {found.name for number in range(5) for found in there.run(number, 5)} == {
        "list: enum value *.name",
        "first: enum value name",
    }


def test_sequences_no_longer_begin_with_a_read_that_lost_its_ids() -> None:
    """Without an id, `first` would be asked of one side alone, or of another thing."""
    baseline, candidate = Shop(["a", "b"]), Shop(["a", "b"])
    for thing in candidate.things:
        thing["number"] = thing.pop("id")
    there = search(baseline, candidate)
    assert "list: key gone *.id" in names(there)
    baseline.ran.clear()
    list(there.run(10, 5))
    assert len(baseline.ran[0]) == 5 + CHANGES


def names(search: Search) -> set[str]:
    for number in range(9):
        list(search.run(number, 5))
    return {found.name for found in search.found.values()}


def test_a_known_difference_in_the_first_read_does_not_hide_later_ones() -> None:
    found = names(search(Shop(["a"], 1), Shop(["b"], "1")))
    assert found == {"list: enum value *.name", "first: enum value name", "shop: type about"}


def test_sequences_no_longer_begin_with_a_read_that_names_other_objects() -> None:
    assert names(search(Shop(["a", "b"], 1), Shop(["b", "a"], "1"))) >= {"list: order", "shop: type about"}


def steps_of(table: OperationTable, number: int, length: int = 5) -> list[SequenceStep]:
    here = cast("ServerUnderTest", Shop(["a"]))
    return Search(table, here, here, 0)._steps(number, length)


def test_every_second_sequence_begins_with_a_procedure_and_each_procedure_has_its_turn() -> None:
    table = replace(OPERATIONS, procedures=(("first", "shop", "first"), ("shop", "shop"), ("first", "unknown")))
    begins = [[step.operation for step in steps_of(table, number)][1:4] for number in (1, 3, 5)]
    assert (begins[0], begins[1][:2], begins[2]) == (["first", "shop", "first"], ["shop", "shop"], begins[0])
    assert steps_of(table, 2) == steps_of(OPERATIONS, 2)
    assert [step.operation for step in steps_of(table, 1, length=1)][1:4] == begins[0], "a procedure is never cut"


def test_a_server_that_is_no_simulator_gets_changed_reads_only() -> None:
    writes = HttpOperation("make", "POST", "/things", body={"name": "x"})
    table = replace(OPERATIONS, operations=(*OPERATIONS.operations, *[writes] * 5))
    changed = {step.operation for number in range(9) for step in steps_of(table, number, 12) if step.change}
    assert changed
    assert "make" not in changed
