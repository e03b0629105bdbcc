"""Comparing recordings with the rules of our simulators: confirmed, contradicted, not shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import load
from lockpact.drift.operations import HttpOperation
from lockpact.drift.servers import operations_of
from lockpact.record import evidence
from lockpact.record.evidence import At, Look, compare_place, evidence_of
from lockpact.record.recording import RecordedAnswer, Recording, merged, read_all
from lockpact.record.rule_check import add_rules, check_rules
from lockpact.report.model import ReportModel, Row
from lockpact.simulators.documents import rules
from tests.lockpact.record.simulated import HELD, contradicted, own, said, taken

TOUCHED = {
    "nuki-state-name-gone": {"NK-R61", "NK-R70"},
    "nuki-battery-as-number": {"NK-R61", "NK-R70"},
    "nuki-state-name-capitalised": {"NK-R20"},
    "nuki-battery-unknown-is-null": {"NK-R61", "NK-R70"},
    "nuki-states-sorted": {"NK-R61", "NK-R70"},
    "nuki-device-type": {"NK-R60"},
    "nuki-list-wrapped": {"NK-R60"},
    "nuki-unknown-lock-is-a-failure": {"NK-R72"},
    "nuki-errors-as-json": {"NK-R10"},
    "nuki-charset-told": {"NK-R14"},
    "nuki-unlatch-unlocks": set(),
    "lockt-battery-as-text": {"LT-R124"},
    "lockt-no-date-is-null": {"LT-R59"},
    "lockt-expired-credentials": {"LT-R91"},
    "codelocks-kit-lock-without-id": {"CL-R56"},
    "codelocks-seven-digits": {"CL-R35"},
    "codelocks-message-is-a-list": {"CL-R10", "CL-R11"},
    "codelocks-without-request-id": {"CL-R06"},
    "noke-batteries-in-volts": {"NO-R29"},
    "noke-new-locks-are-new": {"NO-R24"},
    "noke-company-not-found": {"NO-R06"},
    "remotelock-total-count-gone": {"RL-R50"},
}
"""variant → the rules that a recording of it contradicts. What happens later, or to others, no recording shows."""

PROFILES = [
    (vendor, profile)
    for vendor in HELD
    for profile in ("documented", "observed")
    if profile == "documented" or any(at.profile == profile for at in evidence_of(load(vendor)))
]

LOOKS: list[tuple[Look, Any, Any, bool | None]] = [
    ("type", 1, 2, True),
    ("type", 1, "1", False),
    ("type", None, 1, False),
    ("type", True, 1, False),
    ("type", "<integer>", 1, True),
    ("type", "<number>", "<integer>", False),
    ("type", {}, [], False),
    ("keys", {"a": 1, "b": 1}, {"a": 1, "b": 1}, True),
    ("keys", {"b": 1, "a": 1}, {"a": 1, "b": 1}, False),
    ("keys", {"a": 1}, {"a": 1, "b": 1}, False),
    ("keys", "a", {"a": 1}, None),
    ("constant", "locked", "unlocked", True),
    ("constant", "<text>", "unlocked", False),
    ("constant", 3, "unlocked", False),
    ("value", "no lock", "no lock", True),
    ("value", "no key", "no lock", False),
    ("value", "no <word>", "no <word>", None),
    ("value", 1, True, False),
    ("form", "<time 00:00>", "<time 00:00>", True),
    ("form", "<time 00:00:00>", "<time 00:00>", False),
]
"""How it is looked, at what is recorded, compared with what our simulator answers → whether it is confirmed."""


def answered(*bodies: Any, status: int = 200, **headers: str) -> list[RecordedAnswer]:
    return merged(("x", status, status >= 400, headers, body) for body in bodies)


def confirmed(look: Look, theirs: Any, ours: Any) -> bool | None:
    view = compare_place(At("R", "x", 200, "a", look), answered({"a": theirs}), answered({"a": ours}))
    return None if view is None else view.confirmed


@pytest.mark.parametrize(("look", "theirs", "ours", "expected"), LOOKS)
def test_each_kind_of_comparison_confirms_and_contradicts(
    look: Look, theirs: Any, ours: Any, expected: bool | None
) -> None:
    assert confirmed(look, theirs, ours) is expected


def _looks(instead: Callable[[Look, Any], list[str]]) -> bool:
    """Whether the table of looks still holds with another way of looking."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "_look", instead)
        return all(confirmed(look, theirs, ours) is expected for look, theirs, ours, expected in LOOKS)


@pytest.mark.parametrize("blind", ["type", "keys", "constant", "value", "form"])
def test_the_table_above_detects_a_comparison_that_ignores_its_values(blind: Look) -> None:
    whole = evidence._look
    assert _looks(lambda look, form: list(whole(look, form)))
    assert not _looks(lambda look, form: ["the same"] if look == blind else list(whole(look, form)))


def test_the_table_above_detects_a_comparison_that_ignores_the_order_of_keys() -> None:
    whole = evidence._look
    assert not _looks(lambda look, form: [" ".join(sorted(text.split())) for text in whole(look, form)])


def test_statuses_are_compared_except_temporary_ones() -> None:
    at, ours = At("R", "x", 404, look="status"), answered("", status=404)
    for statuses, expected in ((404,), True), ((200,), False), ((404, 200), False), ((404, 503), True), ((503,), None):
        theirs = [one for status in statuses for one in answered("", status=status)]
        view = compare_place(at, theirs, ours)
        assert (view and view.confirmed) is expected


def test_headers_are_compared_by_value() -> None:
    at = At("R", "x", 200, "header allow", "value")
    view = compare_place(at, answered("", allow="GET"), answered("", allow="GET, POST"))
    assert view is not None
    assert (view.confirmed, view.theirs, view.ours) == (False, ['"GET"'], ['"GET, POST"'])
    assert compare_place(at, answered(""), answered("", allow="GET")) is None


def test_a_refusal_with_a_success_status_differs_from_a_success() -> None:
    both = merged([("x", 200, False, {}, {"a": 1}), ("x", 200, True, {}, {"b": 1})])
    for refused, keys in ((False, "a"), (True, "b")):
        view = compare_place(At("R", "x", 200, "", "keys", refused=refused), both, both)
        assert view is not None
        assert view.theirs == [keys]


@pytest.mark.parametrize(("vendor", "profile"), PROFILES)
def test_a_recording_of_our_simulator_confirms_all_rules(vendor: str, profile: str, tmp_path: Path) -> None:
    taken(vendor, tmp_path, profile=profile)
    (recording,) = read_all(tmp_path, vendor)
    mine = [at for at in evidence_of(load(vendor)) if at.profile in ("", profile)]
    views = {str(at): compare_place(at, recording.answers, own(vendor)[profile]) for at in mine}
    assert [at for at, view in views.items() if view is None or not view.confirmed] == []
    words = {row.id: row.word for row in said(vendor, tmp_path)}
    assert {at.rule: words[at.rule] for at in mine} == dict.fromkeys({at.rule for at in mine}, "confirmed")
    assert "contradicted" not in words.values()


@pytest.mark.parametrize(("variant", "rules"), TOUCHED.items())
def test_a_changed_server_contradicts_the_rules_that_the_change_touches(
    variant: str, rules: set[str], tmp_path: Path
) -> None:
    assert contradicted(variant.partition("-")[0], tmp_path, variant) == rules


def test_the_story_of_a_contradiction_has_both_sides(tmp_path: Path) -> None:
    contradicted("nuki", tmp_path, "nuki-charset-told")
    (row,) = (row for row in said("nuki", tmp_path) if row.word == "contradicted")
    (file,) = tmp_path.iterdir()
    assert row.story.splitlines() == [
        f"NK-R14 is contradicted by {file.stem}: JSON is compact, and its Content-Type is application/json.",
        "  our simulator is wrong there, or the vendor has changed since its document",
        f"  {file.stem}, GET /list 200 header content-type value",
        '    recorded    "application/json; charset=utf-8"',
        '    simulator   "application/json"',
        f"  {file.stem}, GET /info 200 header content-type value",
        '    recorded    "application/json; charset=utf-8"',
        '    simulator   "application/json"',
    ]


def test_the_newest_recording_of_each_server_counts(tmp_path: Path) -> None:
    def write(date: str, server: str, *keys: str) -> None:
        answers = merged([("GET /lockState", 200, False, {}, dict.fromkeys(keys))])
        one = Recording("nuki", date, server, "", "a document", answers)
        (tmp_path / f"{one.name}.json").write_bytes(one.dumped())

    def state() -> tuple[str, int | None]:
        own = {"documented": merged([("GET /lockState", 200, False, {}, {"state": 1, "success": True})])}
        row = next(row for row in check_rules(load("nuki"), tmp_path, own) if row.id == "NK-R70")
        return row.word, row.count

    write("2026-11-01", "lan", "success", "state")
    assert state() == ("contradicted", 1)
    write("2026-11-02", "lan", "state", "success")
    assert state() == ("confirmed", 1)
    write("2026-10-01", "elsewhere", "success", "state")
    assert state() == ("contradicted", 1)


def test_a_contradicted_rule_makes_the_report_broken() -> None:
    laws = ReportModel("t", "nuki", "law", "judged", [Row("L", "kept", "good", "s")], "1 kept", 0)
    assert add_rules(laws, []) is laws
    whole = add_rules(laws, [Row("R1", "confirmed", "good", "s", 1)])
    assert (whole.code, whole.summary) == (0, "1 kept; rules: 1 confirmed, 0 contradicted, 0 not shown")
    assert [bool(row.group) for row in whole.rows] == [False, True]
    assert add_rules(laws, [Row("R1", "contradicted", "bad", "s", 1)]).code == 1


def test_whether_a_place_exists_is_compared() -> None:
    at = At("R", "x", 200, "header via", "there")
    for theirs, expected in ((answered("", via="a"), True), (answered(""), False), (answered("", status=404), None)):
        view = compare_place(at, theirs, answered("", via="b"))
        assert (view and view.confirmed) is expected


@pytest.mark.parametrize("vendor", HELD)
def test_a_table_names_existing_rules_and_operations(vendor: str) -> None:
    table, script = evidence_of(load(vendor)), operations_of(load(vendor))
    assert len({at.rule for at in table}) >= 10
    assert {at.rule for at in table} <= rules(vendor).keys()
    assert {at.operation for at in table} <= {
        line.name for line in script.operations if isinstance(line, HttpOperation)
    }
    assert {at.profile for at in table} <= {"", "documented", "observed"}
    assert len(set(table)) == len(table)


def test_a_vendor_without_a_table_is_an_error() -> None:
    with pytest.raises(CouldNotRun, match="no table of evidence for nobody"):
        evidence_of(dataclasses.replace(load("nuki"), vendor="nobody"))
