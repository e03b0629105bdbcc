"""What counts as a difference, and its class, by the answers alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lockpact.drift.compare import Difference, Normalizer, differences
from lockpact.drift.operations import HttpOperation, OperationTable, SequenceStep
from lockpact.drift.server_under_test import Observation

OPERATIONS = OperationTable(
    (HttpOperation("loose", "GET", "/", free=frozenset({"a"})),),
    identities=frozenset({"id", "link"}),
    free=frozenset({"name"}),
    paged=frozenset({"per_page"}),
)
BEGAN = 1_767_600_000_000_000  # 2026-01-05T08:00:00Z


def all_of(
    a: Any, b: Any, status: tuple[int, int] = (200, 200), line: str = "x", script: OperationTable = OPERATIONS
) -> list[Difference]:
    one, other = (Observation(SequenceStep(line), line, s, said) for s, said in zip(status, (a, b), strict=True))
    left, right = (
        Normalizer(script, BEGAN, ["http://one:1"]),
        Normalizer(script, BEGAN + 3_600_000_000, ["http://two:2"]),
    )
    return list(differences(script, [one], [other], left, right))


def found(
    a: Any, b: Any, status: tuple[int, int] = (200, 200), line: str = "x", script: OperationTable = OPERATIONS
) -> list[tuple[str, str]]:
    return [(d.kind, d.where) for d in all_of(a, b, status, line, script)]


@pytest.mark.parametrize(("a", "b", "expected"), [
    ({"a": 1}, {"a": 1}, []),
    ({"a": 1, "b": 2}, {"a": 1}, [("key gone", "b")]),
    ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, [("key new", "a.c")]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, [("order", "")]),
    ({"a": 1}, {"a": "1"}, [("type", "a")]),
    ({"a": 1}, {"a": 1.0}, [("type", "a")]),
    ({"a": True}, {"a": 1}, [("type", "a")]),
    ({"a": None}, {"a": 1}, [("null", "a")]),
    ({"a": "on"}, {"a": "off"}, [("enum value", "a")]),
    ({"per_page": 25}, {"per_page": 10}, [("paging", "per_page")]),
    ({"a": [1, 2, 3]}, {"a": [1, 2]}, [("paging", "a")]),
    ({"a": [1, 2, 3]}, {"a": [3, 1]}, [("side effect", "a")]),
    ({"a": [1, 2, 3]}, {"a": [3, 2, 1]}, [("order", "a")]),
    ([{"a": 1}, {"a": 1}], [{"a": "1"}, {"a": "1"}], [("type", "*.a")]),
    ("text", {"a": 1}, [("type", "")]),
])  # fmt: skip
def test_each_difference_has_its_class_and_its_place(a: Any, b: Any, expected: list[tuple[str, str]]) -> None:
    assert found(a, b) == expected


def test_ids_may_differ_but_equal_ids_must_stay_equal() -> None:
    assert found([{"id": 5}, {"id": 7}, {"id": 5}], [{"id": 8}, {"id": 9}, {"id": 8}]) == []
    assert found([{"id": 5}, {"id": 7}, {"id": 5}], [{"id": 1}, {"id": 2}, {"id": 2}]) == [("enum value", "*.id")]
    assert found({"id": "abcd", "said": "no abcd"}, {"id": "efgh", "said": "no efgh"}) == []
    assert found({"id": "abcd", "said": "no abcd"}, {"id": "efgh", "said": "no abcd"}) == [("enum value", "said")]


def test_the_type_of_an_id_is_compared() -> None:
    assert found([{"id": 5}, {"id": 7}], [{"id": "5"}, {"id": "9"}]) == [("type", "*.id")]


def test_a_missing_id_does_not_change_the_other_ids() -> None:
    assert found([{"link": "a", "id": 5}, {"id": 7}], [{"id": 8}, {"id": 9}]) == [("key gone", "*.link")]


def test_items_in_another_order_are_recognized_although_their_ids_differ() -> None:
    one, other = [{"id": 5, "a": 1}, {"id": 7, "a": 2}], [{"id": 8, "a": 2}, {"id": 6, "a": 1}]
    assert found(one, other) == [("order", "")]
    assert found(one, [{"id": 8, "a": 2}, {"id": 6, "a": 3}]) == [("enum value", "*.a")]


def test_items_in_another_order_are_recognized_although_their_times_are_not_quite_equal() -> None:
    one = [{"a": 1, "at": "2026-01-05T08:00:10Z"}, {"a": 2, "at": "2026-01-05T08:00:20Z"}]
    other = [{"a": 2, "at": "2026-01-05T09:00:21Z"}, {"a": 1, "at": "2026-01-05T09:00:10Z"}]
    assert found(one, other) == [("order", "")]
    assert found(one, other[::-1]) == []
    only_later = [{"a": 1, "at": "2026-01-05T09:00:30Z"}, {"a": 1, "at": "2026-01-05T09:00:10Z"}]
    assert found([one[0], one[0]], only_later) == [("timing", "*.at")]


def test_an_empty_text_is_shown_differently_from_a_missing_value() -> None:
    (empty,), (gone,) = all_of({"a": 1}, {"a": ""}), all_of({"a": ""}, {})
    assert [(d.baseline, d.candidate) for d in (empty, gone)] == [("1", '""'), ("''", "")]


def test_free_values_may_differ_but_not_in_type() -> None:
    assert found({"name": "A"}, {"name": "B"}) == []
    assert found({"name": "A"}, {"name": 7}) == [("type", "name")]


def test_a_key_that_is_free_in_one_operation_is_compared_in_all_others() -> None:
    assert found({"a": 1, "name": "A"}, {"a": 2, "name": "B"}, line="loose") == []
    assert found({"a": 1}, {"a": "2"}, line="loose") == [("type", "a")]
    assert found({"a": 1}, {"a": 2}) == [("enum value", "a")]


@pytest.mark.parametrize(("a", "b", "expected"), [
    ("2026-01-05T08:00:10Z", "2026-01-05T09:00:11Z", []),
    ("2026-01-05T08:00:10Z", "2026-01-05T09:00:20Z", [("timing", "t")]),
    ("2025-11-05T08:00:10Z", "2025-12-05T08:00:20Z", []),
    ("2026-01-05T08:00:10Z", "2026-01-05T09:00:10+00:00", [("type", "t")]),
    ("2026-01-05T08:00:10", "2026-01-05 09:00:10", [("type", "t")]),
])  # fmt: skip
def test_times_are_distances_from_the_begin(a: str, b: str, expected: list[tuple[str, str]]) -> None:
    assert found({"t": a}, {"t": b}) == expected


@pytest.mark.parametrize(("expires", "expected"), [
    ("2026-03-04T00:00:00", []),
    ("2026-03-04T00:00:09", [("timing", "end")]),
    ("soon", [("type", "end")]),
])  # fmt: skip
def test_a_time_may_be_compared_from_another_of_the_same_object(expires: str, expected: list[tuple[str, str]]) -> None:
    script = dataclasses.replace(OPERATIONS, since={"end": "begin"}, free=frozenset({"begin"}))
    a = {"begin": "2026-01-05T00:00:00", "end": "2026-01-08T00:00:00"}
    assert found(a, {"begin": "2026-03-01T00:00:00", "end": expires}, script=script) == expected


def test_a_list_whose_beginning_alone_is_there_is_paged_although_times_are_never_quite_equal() -> None:
    log = [{"at": f"2026-01-05T08:00:{second}Z"} for second in (30, 20, 10)]
    later = [{"at": f"2026-01-05T09:00:{second}Z"} for second in (31, 20)]
    assert found(log, later) == [("paging", "")]
    assert found(log, [{"at": "2026-01-05T09:00:20Z"}]) == [("side effect", "")]
    assert found(log, []) == [("side effect", "")]


def test_the_order_that_was_asked_for_is_compared_except_of_equal_items() -> None:
    asks = HttpOperation("in order", "GET", "/", sorted_by="name")
    script = OperationTable((asks,), identities=frozenset({"id"}), moment="at")
    ann, bob, ben = ({"id": n, "name": name, "at": "2026-01-05"} for n, name in ((1, "Ann"), (2, "Bob"), (3, "Bob")))
    assert found([ann, bob], [bob, ann], line="in order", script=script) == [("order", "")]
    assert found([ann, bob, ben], [ann, ben, bob], line="in order", script=script) == []
    assert found([ann, bob], [bob, ann], script=script) == [], "servers order items of one time by their ids"


def test_a_changed_status_is_named_by_both_values() -> None:
    (gone,), (moved,) = (all_of({}, {}, status) for status in ((200, 404), (200, 409)))
    assert (gone.place, moved.place) == ("status 200 → 404", "status 200 → 409")
    assert gone.key != moved.key


def test_a_sentence_may_have_another_time_but_no_other_words() -> None:
    assert found("opened at 2026-01-05T08:00:10Z", "opened at 2026-03-01T12:00:00.5+01:00") == []
    assert found("opened at 2026-01-05T08:00:10Z", "shut at 2026-01-05T08:00:10Z") == [("enum value", "")]


def test_the_servers_own_address_is_not_compared() -> None:
    assert found({"a": "http://one:1/x"}, {"a": "http://two:2/x"}) == []


def test_the_body_and_the_status_of_a_refusal_are_different_classes() -> None:
    assert found({"a": 1}, {"b": 1}, (404, 404)) == [("error body", "a"), ("error body", "b")]
    assert found({"a": 1}, {"b": 1}, (404, 200)) == [("status", "status")]


def test_a_refusal_with_a_success_status_differs_in_status_from_a_success() -> None:
    script = OperationTable((), identities=frozenset(), fails=lambda status, said: not said["ok"])
    answers = {ok: Observation(SequenceStep("x"), "x", 200, {"ok": ok}) for ok in (True, False)}
    for a, b, expected in ((True, False, ("200", "200, a failure")), (False, True, ("200, a failure", "200"))):
        eyes = Normalizer(script, BEGAN, [])
        (d,) = differences(script, [answers[a]], [answers[b]], eyes, eyes)
        assert (d.kind, d.where, (d.baseline, d.candidate)) == ("status", "status", expected)


def test_a_step_that_one_server_could_not_get_ends_the_comparison() -> None:
    assert found("nothing known", {"a": 1}, (-1, 200)) == []


def test_items_of_the_same_time_may_be_in_any_order() -> None:
    def made(*things: str, hour: int, second: int = 10) -> list[dict[str, str]]:
        at = [f"2026-01-05T{hour:02}:00:{second + n * (second - 10):02}Z" for n in range(len(things))]
        return [{"id": thing[::-1], "is": thing, "at": when} for thing, when in zip(things, at, strict=True)]

    timed = dataclasses.replace(OPERATIONS, moment="at")
    assert found(made("lock", "door", hour=8), made("door", "lock", hour=9), script=timed) == []
    assert found(made("lock", "door", hour=8), made("door", "lock", hour=9)) == [("order", "")]
    apart = {"hour": 8, "second": 20}, {"hour": 9, "second": 20}
    assert found(made("lock", "door", **apart[0]), made("door", "lock", **apart[1]), script=timed) != []
    assert found([{"is": "b"}, {"is": "a"}], [{"is": "a"}, {"is": "b"}], script=timed) == [("order", "")]


def test_an_id_with_a_pin_in_it_is_the_id() -> None:
    one = [{"id": "4071"}, {"id": "ab-4071-cd", "link": "/doors/ab-4071-cd"}]
    other = [{"id": "4071"}, {"id": "ab-9999-cd", "link": "/doors/ab-9999-cd"}]
    assert found({"things": one, "said": "/doors/ab-4071-cd"}, {"things": other, "said": "/doors/ab-9999-cd"}) == []


def test_servers_are_compared_no_further_when_a_change_made_them_different_requests() -> None:
    step = SequenceStep("x", change=7)
    one, same, other = (
        [Observation(step, "x", status, {}, sent={"body": {"id": sent}}), Observation(step, "x", status, {})]
        for status, sent in ((200, "a1"), (201, "b1"), (201, 0))
    )

    def compared(a: list[Observation], b: list[Observation]) -> list[str]:
        return [d.place for d in differences(OPERATIONS, a, b, *(Normalizer(OPERATIONS, BEGAN, []) for _ in "ab"))]

    assert compared(one, same) == ["status 200 → 201"] * 2
    assert compared(one, other) == []
