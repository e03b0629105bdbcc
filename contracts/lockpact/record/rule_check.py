"""Check which rules of our simulators the recordings confirm, and which they contradict.

The recorder also records our own simulator, in each of its profiles, with all operations of the table. Then each recording
is compared with the profile that it agrees with most, place by place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from lockpact.core.exit_codes import BROKEN, KEPT, NOTHING
from lockpact.core.pact import Pact
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.servers import CREATED_FILE, Server, limits_at, open_server, operations_of
from lockpact.live.permission import READ_ONLY
from lockpact.record.documented import documented_by
from lockpact.record.evidence import At, Comparison, compare_place, evidence_of
from lockpact.record.plan import planned
from lockpact.record.recording import RecordedAnswer, Recording, read_all
from lockpact.record.run import ask, redacted
from lockpact.report.model import ReportModel, Row
from lockpact.simulators.documents import rules
from lockpact.simulators.served import served_in_process

__all__ = ["add_rules", "check_rules", "record_simulator", "report_rules"]

PROFILES = ("documented", "observed")
_CONTRADICTED = "our simulator is wrong there, or the vendor has changed since its document"


@dataclass(frozen=True)
class _PlaceResult:
    """The comparison of one recording with our simulator at one place of a rule."""

    recording: Recording
    at: At
    comparison: Comparison


def report_rules(pact: Pact, folder: Path) -> ReportModel:
    """Return a report about the recordings in a folder. Raises CouldNotRun."""
    began = perf_counter()
    rows = check_rules(pact, folder)
    seconds = perf_counter() - began
    contradicted, confirmed = (any(row.tone == tone for row in rows) for tone in ("bad", "good"))
    return ReportModel(
        title=f"The recordings in {folder} and our {pact.title} simulator",
        vendor=pact.vendor,
        heading="rule",
        counted="places",
        rows=rows,
        summary=f"{_counts(rows)}, {seconds:.1f} s",
        code=BROKEN if contradicted else KEPT if confirmed else NOTHING,
        about=pact.document,
        seconds=seconds,
        facts={"recordings": str(folder)},
    )


def check_rules(pact: Pact, folder: Path, simulated: Mapping[str, Sequence[RecordedAnswer]] | None = None) -> list[Row]:
    """Return a row for each rule of the vendor's table of evidence. Raises CouldNotRun.

    `simulated` is the result of `record_simulator`; None: record now.
    """
    table, recordings = evidence_of(pact), read_all(folder, pact.vendor)
    simulated = record_simulator(pact) if simulated is None else simulated
    results = [_compare(table, recording, simulated) for recording in recordings]
    sentences = rules(pact.vendor)
    return [_row(rule, sentences[rule], _newest(rule, results)) for rule in dict.fromkeys(at.rule for at in table)]


def record_simulator(pact: Pact) -> dict[str, list[RecordedAnswer]]:
    """Record our simulator. Returns its answers by profile: both profiles if a rule of the table needs that, else the first."""
    profiles = PROFILES if any(at.profile for at in evidence_of(pact)) else PROFILES[:1]
    return {profile: _record_profile(pact, profile) for profile in profiles}


def add_rules(report: ReportModel, rows: Sequence[Row]) -> ReportModel:
    """Return the report about a server with these rows as a group of their own."""
    if not rows:
        return report
    code = BROKEN if any(row.tone == "bad" for row in rows) else report.code
    group = [replace(row, group="the rules of our simulator, compared with the recordings") for row in rows]
    return replace(report, rows=[*report.rows, *group], code=code, summary=f"{report.summary}; rules: {_counts(rows)}")


def _record_profile(pact: Pact, profile: str) -> list[RecordedAnswer]:
    table = operations_of(pact)
    with served_in_process(pact.vendor, profile=profile, clock="auto") as info:
        url, control = info["vendors"][pact.vendor]["url"], info["control"]
        address = Server(url, control)
        limits, created = limits_at(pact, address, READ_ONLY), CreatedObjects(CREATED_FILE, pact.vendor)
        server = open_server(pact, table, address, limits, READ_ONLY, created, f"record-{profile}")
        try:
            observations = ask(server, planned(table, lambda operation: True))
        finally:
            server.close()
    return redacted(documented_by(pact.vendor), table, observations, server.secrets)


def _compare(
    table: Sequence[At], recording: Recording, simulated: Mapping[str, Sequence[RecordedAnswer]]
) -> list[_PlaceResult]:
    """Compare a recording with the profile that it confirms at the most places."""
    by_profile = []
    for profile, answers in simulated.items():
        places = [(at, compare_place(at, recording.answers, answers)) for at in table if at.profile in ("", profile)]
        by_profile.append([_PlaceResult(recording, at, result) for at, result in places if result is not None])
    return max(by_profile, key=lambda results: sum(result.comparison.confirmed for result in results))


def _newest(rule: str, by_recording: Sequence[Sequence[_PlaceResult]]) -> list[_PlaceResult]:
    """Return for each server the results of its newest recording that shows the rule."""
    newest: dict[str, list[_PlaceResult]] = {}
    for results in by_recording:
        of_rule = [result for result in results if result.at.rule == rule]
        if of_rule:
            newest.setdefault(of_rule[0].recording.server, of_rule)
    return [result for results in newest.values() for result in results]


def _row(rule: str, sentence: str, results: Sequence[_PlaceResult]) -> Row:
    contradicting = [result for result in results if not result.comparison.confirmed]
    if contradicting:
        names = ", ".join(sorted({result.recording.name for result in contradicting}))
        lines = [f"{rule} is contradicted by {names}: {sentence}", f"  {_CONTRADICTED}"]
        lines += [line for result in contradicting for line in _story(result)]
        return Row(rule, "contradicted", "bad", sentence, len(contradicting), _CONTRADICTED, "\n".join(lines))
    if results:
        return Row(rule, "confirmed", "good", sentence, len(results))
    return Row(rule, "not shown", "dim", sentence, why="no recording shows it")


def _counts(rows: Sequence[Row]) -> str:
    counts = {word: sum(row.word == word for row in rows) for word in ("confirmed", "contradicted", "not shown")}
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _story(result: _PlaceResult) -> list[str]:
    return [
        f"  {result.recording.name}, {result.at}",
        f"    recorded    {', '.join(result.comparison.theirs)}",
        f"    simulator   {', '.join(result.comparison.ours)}",
    ]
