"""Merge the reports of the parts of one run, such as its shards and its seeds, into the report that the whole run would have.

1. An example depends on its seed and its number alone, so it is the same in a part as in the whole.
2. A law is broken if any part broke it. The story is that of the first seed's first example, as in the whole run.
3. A law is kept if a part judged it and none broke it. The counts are added.
4. What belongs to different runs, or is not complete, is not merged: a missing shard must not look like success.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from lockpact.core.exit_codes import BROKEN, KEPT, NOTHING, CouldNotRun
from lockpact.report.findings import TONES, summarized
from lockpact.report.model import ReportModel, Row

__all__ = ["merge", "merge_shards"]

_SAME = ("subject", "document", "examples")
"""Facts that all parts of a run share."""


def merge_shards(reports: Mapping[str, ReportModel], order: Callable[[str], Sequence[str]]) -> ReportModel:
    """Merge the reports of whole runs or of all their shards.

    Args:
        reports: Where each report is from → the report.
        order: The vendor's name → the ids of its laws in their order.

    Raises:
        CouldNotRun: They are not of one run, or a shard is missing or there twice.
    """
    for name, report in reports.items():
        if report.heading != "law" or "ran" not in report.facts:
            raise CouldNotRun(f"{name} is no report of `lockpact check`; only those can be merged")
    (first, model), *others = reports.items()
    for name, report in others:
        for fact in ("vendor", *_SAME):
            ours, theirs = _fact(model, fact), _fact(report, fact)
            if ours != theirs:
                raise CouldNotRun(f"{first} and {name} are of different runs: the {fact} is {ours} and {theirs}")
    for seed in {_fact(report, "seed"): None for report in reports.values()}:
        _require_all_shards(seed, {name: one for name, one in reports.items() if _fact(one, "seed") == seed})
    return merge(list(reports.values()), order(model.vendor))


def _fact(report: ReportModel, name: str) -> str:
    return report.vendor if name == "vendor" else report.facts.get(name, "")


def _require_all_shards(seed: str, reports: Mapping[str, ReportModel]) -> None:
    shards: dict[str, str] = {}
    for name, report in reports.items():
        shard = report.facts.get("shard", "1/1")
        if shard in shards:
            raise CouldNotRun(f"{shards[shard]} and {name} are the same part of a run: seed {seed}, shard {shard}")
        shards[shard] = name
    numbers = {shard.partition("/")[2] for shard in shards}
    if len(numbers) > 1:
        raise CouldNotRun(f"these reports split seed {seed} differently: {', '.join(sorted(shards))}")
    count = int(numbers.pop())
    if missing := [f"{k}/{count}" for k in range(1, count + 1) if f"{k}/{count}" not in shards]:
        raise CouldNotRun(f"a report is missing: seed {seed}, shard {', '.join(missing)}")


def merge(reports: Sequence[ReportModel], order: Sequence[str], seconds: float | None = None) -> ReportModel:
    """Merge reports of parts of one run. `order` is that of the rows; `seconds` None: as long as all parts took together."""
    rows: dict[str, list[Row]] = {}
    for report in reports:
        for row in report.rows:
            rows.setdefault(row.id, []).append(row)
    unlisted = Counter[str]()
    for report in reports:
        unlisted.update(report.unlisted)
    merged = [_merged(rows[id_], unlisted.pop(id_, 0)) for id_ in sorted(rows, key=order.index)]
    words = [row.word for row in merged]
    code = BROKEN if "broken" in words else KEPT if "kept" in words else NOTHING
    ran = sum(int(report.facts["ran"]) for report in reports)
    seconds = sum(report.seconds for report in reports) if seconds is None else seconds
    seeds = list(dict.fromkeys(seed for report in reports for seed in report.facts["seed"].split(",")))
    run = f"in {ran} examples, {_named(seeds)}"
    return replace(
        reports[0],
        rows=merged,
        code=code,
        seconds=seconds,
        unlisted=dict(unlisted),
        summary=summarized(words, run, seconds, code),
        facts={
            **{name: v for name, v in reports[0].facts.items() if name != "shard"},
            "seed": ",".join(seeds),
            "ran": str(ran),
        },
    )


def _named(seeds: Sequence[str]) -> str:
    return (
        f"seed {seeds[0]}"
        if len(seeds) == 1
        else f"seeds {', '.join(seeds)}"
        if len(seeds) < 4
        else f"{len(seeds)} seeds"
    )


def _merged(rows: Sequence[Row], unlisted: int) -> Row:
    count = sum(row.count or 0 for row in rows) + unlisted
    broken = [row for row in rows if row.word == "broken"]
    if broken:
        return replace(min(broken, key=lambda row: row.found or (0, 0)), count=count)
    return replace(min(rows, key=lambda row: list(TONES).index(row.word)), count=count)  # type: ignore[arg-type]
