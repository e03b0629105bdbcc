"""The report of a drift run: a change in many operations is one row, and may be accepted in all of them."""

from __future__ import annotations

import json
from pathlib import Path

from lockpact.drift.accept import AcceptedDifferences, read
from lockpact.drift.compare import Difference
from lockpact.drift.operations import SequenceStep
from lockpact.drift.report import DriftResult
from lockpact.drift.search import Finding
from lockpact.drift.server_under_test import Observation
from lockpact.live.permission import READ_ONLY, Usage
from tests.lockpact.drift.shop import OPERATIONS, the_pact


def found(operation: str, kind: str = "key gone", where: str = "version") -> Finding:
    seen = (Observation(SequenceStep(operation), operation, 200, {}, command=f"curl {operation}"),)
    return Finding(Difference(operation, where, kind, "1", "", 0), kind, (SequenceStep(operation),), seen, seen)


def output(*all_of_it: Finding, known: AcceptedDifferences = AcceptedDifferences()) -> DriftResult:  # noqa: B008 - it is frozen
    pact = the_pact()
    accepted = {one.name: entry for one in all_of_it if (entry := known.of(one)) is not None}
    bills = [Usage("baseline", 7, 1.0, pact.live, READ_ONLY, simulated=True)]
    return DriftResult(pact, OPERATIONS, "a", "b", 0, all_of_it, accepted, known.stale(all_of_it), 1, bills, 1.0)


def entries(folder: Path, *differences: str) -> AcceptedDifferences:
    file = folder / "known.toml"
    text = '[[accept]]\ndifference = "{}"\nreason = "announced"\ndate = 2026-11-21\n'
    file.write_text("".join(map(text.format, differences)))
    return read(file)


def test_a_change_in_many_operations_is_one_row_that_names_them() -> None:
    verdict = output(found("list"), found("make"), found("open"), found("mail", "type"))
    assert [row.sentence for row in verdict.model().rows] == ["3 operations: key gone version", "mail: type version"]
    assert "also in make, open" in verdict.model().rows[0].story
    assert [d["difference"] for d in json.loads(verdict.json())["differences"]] == [
        "list: key gone version", "make: key gone version", "open: key gone version", "mail: type version",
    ]  # fmt: skip


def test_a_change_in_two_operations_is_two_rows() -> None:
    assert len(output(found("list"), found("make")).model().rows) == 2


def test_what_is_accepted_is_a_row_of_its_own(tmp_path: Path) -> None:
    known = entries(tmp_path, "list: key gone version")
    verdict = output(*(found(name) for name in ("list", "make", "open", "mail")), known=known)
    assert [(row.word, row.sentence) for row in verdict.model().rows] == [
        ("accepted", "list: key gone version"), ("breaking", "3 operations: key gone version"),
    ]  # fmt: skip
    assert verdict.code == 1


def test_a_star_accepts_a_difference_in_all_operations(tmp_path: Path) -> None:
    known = entries(tmp_path, "*: key gone version", "*: header content-type")
    verdict = output(found("list"), found("make"), found("open"), known=known)
    assert (verdict.code, [row.word for row in verdict.model().rows]) == (0, ["accepted"])
    assert [entry.difference for entry in verdict.stale] == ["*: header content-type"]
    assert output(found("list", "header", "header content-type"), known=known).code == 0


def test_a_harmless_difference_endangers_no_law() -> None:
    rows = output(found("list"), found("make", "key new")).model().rows
    assert [(row.word, row.tone, row.why) for row in rows] == [
        ("breaking", "bad", "1 … not there"), ("harmless", "mild", "1 … not there"),
    ]  # fmt: skip
    assert ["endangers" in row.story for row in rows] == [True, False]


def test_what_differs_in_one_answer_stands_under_one_heading() -> None:
    one, other = found("list", "timing", "success"), found("list", "timing", "token")
    rows = output(one, found("make", "status", "status"), other).model().rows
    assert [(row.id, row.group) for row in rows] == [
        ("D1", "list: one answer differs in 2 places"), ("D2", "list: one answer differs in 2 places"), ("D3", ""),
    ]  # fmt: skip


def test_a_row_has_both_servers_answers_whole() -> None:
    long = "x" * 1000
    seen = (Observation(SequenceStep("list"), "list", 200, {"a": long}, command="curl list"),)
    then = (Observation(SequenceStep("list"), "list", 404, {}, command="curl list"),)
    finding = Finding(
        Difference("list", "status", "status", "200", "404", 0), "status", (SequenceStep("list"),), seen, then
    )
    (shown,) = output(finding).model().rows[0].exchanges
    assert (shown.status, shown.other_status, shown.differs) == ("200", "404", True)
    assert long in shown.answer
