"""A law is a function with an id. A law that could never be judged is refused."""

from __future__ import annotations

from types import ModuleType

import pytest

from lockpact import UNTRIGGERED, Judged, Law, law
from lockpact.core.law import laws_of
from tests.lockpact.toys import answers_even_numbers, step


def judge(_: object) -> Judged:
    return UNTRIGGERED


def test_a_law_judges_when_it_is_called() -> None:
    assert answers_even_numbers(step(result=2)) is None
    with pytest.raises(AssertionError, match="3 is odd"):
        answers_even_numbers(step(result=3))


def test_a_law_returns_untriggered_if_its_condition_did_not_occur() -> None:
    assert answers_even_numbers(step(error=RuntimeError())) is UNTRIGGERED


def test_a_law_that_judges_no_call_is_refused_unless_it_is_of_conduct() -> None:
    with pytest.raises(ValueError, match=r"T-1: .* every other law needs one"):
        law("T-1", "…", evidence="…")(judge)
    with pytest.raises(ValueError, match=r"T-2: a law with needs='traffic' takes no `on`"):
        law("T-2", "…", on="call", evidence="…", needs="traffic")(judge)


def test_the_laws_of_a_module_come_in_their_order() -> None:
    module = ModuleType("laws")
    first, second = (law(f"T-{n}", "…", on="call", evidence="…")(judge) for n in (1, 2))
    vars(module).update(b=first, a=second, other=1)
    assert laws_of(module) == (first, second)


def test_two_laws_must_not_have_the_same_id() -> None:
    module = ModuleType("laws")
    vars(module).update({str(n): law("T-1", "…", on="call", evidence="…")(judge) for n in (1, 2)})
    with pytest.raises(ValueError, match="two laws have the id T-1"):
        laws_of(module)


def test_only_some_laws_can_be_judged_by_traffic() -> None:
    assert answers_even_numbers.of_conduct is None
    alone: Law = law("T-1", "…", evidence="…", needs="traffic")(judge)
    beside: Law = law("T-1", "…", on="call", evidence="…", conduct=judge)(lambda _: None)
    assert alone.of_conduct is judge
    assert beside.of_conduct is judge
