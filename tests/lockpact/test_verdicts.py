"""The four outcomes of a law: kept, broken, not exercised, not covered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lockpact import Traffic
from lockpact.core.law import Needs
from lockpact.core.verdict import Judge, Outcome
from lockpact.report.findings import Report
from tests.lockpact.toys import LAWS, ToyError, exchange, step


def judge(sees: Needs = "truth", *, has: tuple[str, ...] = ("count", "tell"), raising: tuple[str, ...] = ()) -> Judge:
    return Judge(LAWS, sees, lambda call: call in has, raising, ToyError)


def outcomes(judge: Judge) -> dict[str, Outcome]:
    return {verdict.law.id: verdict.outcome for verdict in judge.verdicts()}


def code(judge: Judge) -> int:
    return Report("toy", "the manual", "client", judge.verdicts()).code


def test_a_law_is_kept_if_it_was_judged_and_never_broken() -> None:
    judging = judge()
    judging.step(step(traffic=[exchange(), exchange()]))
    assert outcomes(judging) == {"TOY-EVEN": "kept", "TOY-TRUE": "kept", "TOY-SLOW": "kept"}
    assert [verdict.judged for verdict in judging.verdicts()] == [1, 1, 1]
    assert code(judging) == 0


def test_a_law_whose_condition_never_occurred_is_not_exercised() -> None:
    judging = judge()
    judging.step(step(error=ToyError(), result=None, after=None))
    assert outcomes(judging) == {"TOY-EVEN": "not exercised", "TOY-TRUE": "kept", "TOY-SLOW": "not exercised"}


def test_a_law_is_not_covered_when_the_client_has_none_of_its_methods() -> None:
    assert outcomes(judge(has=())) == {
        "TOY-EVEN": "not covered",
        "TOY-TRUE": "not covered",
        "TOY-SLOW": "not exercised",
    }
    assert outcomes(judge(has=("tell",)))["TOY-TRUE"] == "not exercised"
    assert "the client has no count or tell" in [verdict.why for verdict in judge(has=()).verdicts()]


def test_a_law_that_needs_more_than_can_be_seen_is_not_covered() -> None:
    assert outcomes(judge("results"))["TOY-TRUE"] == "not covered"
    assert outcomes(judge("traffic"))["TOY-EVEN"] == "not covered"


def test_a_run_in_which_nothing_was_judged_proves_nothing() -> None:
    assert code(judge()) == 2


def test_one_broken_law_hides_no_other() -> None:
    judging = judge()
    judging.step(step(result=3, after=2))
    judging.step(step(result=2, after=2))
    assert outcomes(judging) == {"TOY-EVEN": "broken", "TOY-TRUE": "broken", "TOY-SLOW": "not exercised"}
    assert judging.breaches["TOY-TRUE"].sentence == "it was 2, and the client said 3"
    assert code(judging) == 1


def test_the_first_breach_of_a_law_is_recorded() -> None:
    judging = judge()
    judging.step(step(result=3, after=3))
    judging.step(step(result=5, after=5))
    assert judging.breaches["TOY-EVEN"].sentence == "3 is odd"
    assert judging.verdicts()[0].judged == 2


def test_a_breach_of_a_raising_law_ends_the_example_in_the_law() -> None:
    judging = judge(raising=("TOY-TRUE",))
    with pytest.raises(AssertionError, match="it was 2") as raised:
        judging.step(step(result=3, after=2))
    assert raised.traceback[-1].name == "tells_the_truth"
    assert outcomes(judging)["TOY-EVEN"] == "broken"


def test_a_law_of_conduct_sees_the_traffic_of_all_steps_so_far() -> None:
    judging, first = judge(), step(traffic=[exchange()])
    judging.step(first)
    assert outcomes(judging)["TOY-SLOW"] == "not exercised"
    judging.step(step(traffic=[exchange(), exchange()], earlier=[first]))
    assert judging.breaches["TOY-SLOW"].sentence == "it asked 3 times"


def test_traffic_alone_is_judged_by_laws_of_conduct_alone() -> None:
    judging = judge("traffic")
    judging.traffic(Traffic([exchange()] * 3))
    assert outcomes(judging) == {"TOY-EVEN": "not covered", "TOY-TRUE": "not covered", "TOY-SLOW": "broken"}
    assert judging.breaches["TOY-SLOW"].step is None


def test_an_error_that_the_port_does_not_have_is_unexpected() -> None:
    judging = judge()
    for error in (ToyError(), KeyError("x"), KeyError("y")):
        judging.step(step(error=error, result=2))
    assert judging.unexpected_errors == ["count raised KeyError: 'x'", "count raised KeyError: 'y'"]


def test_an_implied_law_is_reported_only_if_it_is_broken() -> None:
    judging = Judge([replace(LAWS[0], implied=True), LAWS[2]], "truth", lambda call: True, errors=ToyError)
    judging.step(step(result=2))
    assert outcomes(judging) == {"TOY-SLOW": "not exercised"}
    judging.step(step(result=3))
    assert outcomes(judging) == {"TOY-EVEN": "broken", "TOY-SLOW": "not exercised"}


def test_a_law_that_is_not_exercised_names_the_methods_that_its_scenario_lacks() -> None:
    judging = Judge(
        LAWS, "truth", lambda call: call == "count", scenarios=[frozenset({"count", "reset"}), frozenset({"x"})]
    )
    judging.step(step(error=ToyError(), result=None, after=None))
    why = {verdict.law.id: verdict.why for verdict in judging.verdicts()}
    assert why["TOY-EVEN"] == "its scenario needs `reset`, which the client does not have"
    assert why["TOY-SLOW"] == "its condition never occurred"


def test_a_subject_that_failed_has_not_kept_the_pact() -> None:
    judging = judge()
    judging.step(step())
    assert Report("toy", "the manual", "a command", judging.verdicts(), failed=True).code == 2
