"""Which rules of our stand-ins the recordings confirm, and which they contradict.

The same recorder asks a stand-in of ours, in each of its profiles, everything that the table of operations has; then each
recording is held, place by place, beside the profile that it is more like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from lockpact.core.pact import Pact
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.servers import LEDGER, Server, limits_at, open_server, operations_of
from lockpact.live.permission import READ_ONLY
from lockpact.record.documented import documented_by
from lockpact.record.evidence import At, Comparison, compare_place, evidence_of
from lockpact.record.plan import planned
from lockpact.record.recording import RecordedAnswer, Recording, read_all
from lockpact.record.run import answers, recorded
from lockpact.report.findings import BROKEN, KEPT, NOTHING
from lockpact.report.model import ReportModel, Row
from lockpact.simulators.documents import rules
from lockpact.simulators.served import beside

__all__ = ["beside_laws", "judged", "our_own", "paper"]

PROFILES = ("documented", "observed")
_CONTRADICTED = "our stand-in is wrong there, or the vendor has changed since its document"


@dataclass(frozen=True)
class _Said:
    """What one recording says at one place of a rule."""

    recording: Recording
    at: At
    opinion: Comparison


def paper(pact: Pact, folder: Path) -> ReportModel:
    """Of the recordings alone."""
    began = perf_counter()
    rows = judged(pact, folder)
    seconds = perf_counter() - began
    broken, confirmed = (any(row.tone == tone for row in rows) for tone in ("bad", "good"))
    return ReportModel(
        title=f"The recordings in {folder} and our {pact.title}",
        vendor=pact.vendor,
        heading="rule",
        counted="places",
        rows=rows,
        summary=f"{_counted(rows)}, {seconds:.1f} s",
        code=BROKEN if broken else KEPT if confirmed else NOTHING,
        about=pact.document,
        seconds=seconds,
        facts={"recordings": str(folder)},
    )


def judged(pact: Pact, folder: Path, own: Mapping[str, Sequence[RecordedAnswer]] | None = None) -> list[Row]:
    """A row for each rule that the vendor's table of evidence has. Raises CouldNotRun."""
    table, recordings = evidence_of(pact), read_all(folder, pact.vendor)
    own = our_own(pact) if own is None else own
    told = [_told(table, recording, own) for recording in recordings]
    sentences = rules(pact.vendor)
    return [_row(rule, sentences[rule], _youngest(rule, told)) for rule in dict.fromkeys(at.rule for at in table)]


def our_own(pact: Pact) -> dict[str, list[RecordedAnswer]]:
    """What our stand-in answers, by profile; where no rule of the table is of one, the first is enough."""
    profiles = PROFILES if any(at.profile for at in evidence_of(pact)) else PROFILES[:1]
    return {profile: _ours(pact, profile) for profile in profiles}


def beside_laws(laws: ReportModel, rows: Sequence[Row]) -> ReportModel:
    """A paper about a server, with these rows as a part of their own."""
    if not rows:
        return laws
    worst = BROKEN if any(row.tone == "bad" for row in rows) else laws.code
    group = [replace(row, group="the rules of our stand-in, beside what was recorded") for row in rows]
    return replace(laws, rows=[*laws.rows, *group], code=worst, summary=f"{laws.summary}; rules: {_counted(rows)}")


def _ours(pact: Pact, profile: str) -> list[RecordedAnswer]:
    """A recording of our own stand-in: all that it can be asked."""
    script = operations_of(pact)
    with beside(pact.vendor, profile) as (url, control):
        server = Server(url, control)
        limits = limits_at(pact, server, READ_ONLY)
        side = open_server(
            pact, script, server, limits, READ_ONLY, CreatedObjects(LEDGER, pact.vendor), f"record-{profile}"
        )
        try:
            seen = answers(side, planned(script, lambda line: True))
        finally:
            side.close()
    return recorded(documented_by(pact.vendor), script, seen, side.secrets)


def _told(table: Sequence[At], recording: Recording, own: Mapping[str, Sequence[RecordedAnswer]]) -> list[_Said]:
    """What it says, held beside the profile of which it confirms the most."""
    views = []
    for profile, mine in own.items():
        places = [(at, compare_place(at, recording.answers, mine)) for at in table if at.profile in ("", profile)]
        views.append([_Said(recording, at, view) for at, view in places if view is not None])
    return max(views, key=lambda said: sum(one.opinion.confirmed for one in said))


def _youngest(rule: str, told: Sequence[Sequence[_Said]]) -> list[_Said]:
    """Of each server what its youngest recording says that says anything of the rule."""
    found: dict[str, list[_Said]] = {}
    for said in told:
        mine = [one for one in said if one.at.rule == rule]
        if mine:
            found.setdefault(mine[0].recording.server, mine)
    return [one for said in found.values() for one in said]


def _row(rule: str, sentence: str, said: Sequence[_Said]) -> Row:
    against = [one for one in said if not one.opinion.confirmed]
    if against:
        names = ", ".join(sorted({one.recording.name for one in against}))
        lines = [f"{rule} is contradicted by {names}: {sentence}", f"  {_CONTRADICTED}"]
        lines += [line for one in against for line in _story(one)]
        return Row(rule, "contradicted", "bad", sentence, len(against), _CONTRADICTED, "\n".join(lines))
    if said:
        return Row(rule, "confirmed", "good", sentence, len(said))
    return Row(rule, "nothing said", "dim", sentence, why="no recording shows it")


def _counted(rows: Sequence[Row]) -> str:
    counts = {word: sum(row.word == word for row in rows) for word in ("confirmed", "contradicted", "nothing said")}
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _story(one: _Said) -> list[str]:
    return [
        f"  {one.recording.name}, {one.at}",
        f"    recorded    {', '.join(one.opinion.theirs)}",
        f"    stand-in    {', '.join(one.opinion.ours)}",
    ]
