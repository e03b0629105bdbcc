"""Grade a test suite: which changes of the vendor does it detect?

The suite's command runs once with the unchanged simulator, and once with each variant of it, several at a time. If a run
fails, the suite has detected the variant. The command finds its simulator as under `lockpact watch`. Tests that use
lockpact's pytest fixtures find the variant in `LOCKPACT_VARIANTS`.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shlex import join
from time import perf_counter

from lockpact.core.exit_codes import BROKEN, KEPT, CouldNotRun
from lockpact.core.interruption import child, end_children, interrupted, report_so_far
from lockpact.core.pact import Pact
from lockpact.drift.accept import read
from lockpact.live.watch import environment
from lockpact.report.model import ReportModel, Row
from lockpact.simulators.fixtures import VARIANTS_VARIABLE
from lockpact.simulators.served import on_all_servers, served_in_process, variants_of

__all__ = ["WEIGHTS", "grade"]

WEIGHTS = ("breaking", "risky", "harmless")
"""Weights of changes, the gravest first."""

_LAST_LINES = 12


@dataclass(frozen=True)
class _Run:
    """One run of the command: its exit code (None: it took too long) and its last lines of output."""

    code: int | None
    output: str


def grade(
    pact: Pact,
    command: Sequence[str],
    *,
    only: Collection[str] = (),
    jobs: int = 0,
    timeout: float = 600.0,
    seed: int = 0,
    clock: str = "auto",
    fail_on: str = "risky",
    threshold: float = 100.0,
    accept: Path | None = None,
    progress: Callable[[str], None] = lambda what: None,
) -> ReportModel:
    """Run the suite with each variant, and report which variants it detects.

    Args:
        pact: The vendor's pact.
        command: The suite's command.
        only: The ids of the variants to use. Empty: all.
        jobs: How many runs at a time. 0: one for each core.
        timeout: The longest that a run may take, in seconds. A longer one counts as failed.
        seed: The seed of the simulated worlds.
        clock: The clock mode of the simulated worlds.
        fail_on: The least weight of a change that the suite must detect: `breaking`, `risky` or `harmless`.
        threshold: The percentage of these changes that it must detect.
        accept: A file of variants that it need not detect, each with a reason and a date.
        progress: Called with a text about what is being done.

    Raises:
        CouldNotRun: The suite fails with the unchanged simulator, or a variant is unknown.
    """
    began = perf_counter()
    known = variants_of(pact.vendor)
    unknown = set(only) - known.keys()
    if unknown or not known:
        raise CouldNotRun(
            f"there is no variant {', '.join(sorted(unknown)) or f'of {pact.vendor}'}; "
            f"`locksim variants {pact.vendor}` lists the variants"
        )
    chosen = {id_: known[id_] for id_ in known if not only or id_ in only}
    accepted = {e.difference: e.reason for e in read(accept, "variant").entries} if accept is not None else {}
    if strangers := accepted.keys() - known.keys():
        raise CouldNotRun(f"{accept}: there is no variant {', '.join(sorted(strangers))}")
    tolerated = WEIGHTS[WEIGHTS.index(fail_on) + 1 :]
    progress("the unchanged simulator")
    first = _run(pact, command, (), seed, clock, timeout)
    if first.code != 0:
        how = "takes too long" if first.code is None else f"ends with exit code {first.code}"
        raise CouldNotRun(f"the suite {how} with the unchanged simulator, so it cannot be graded:\n{first.output}")
    rows: dict[str, Row] = {}

    def one(id_: str) -> None:
        run = _run(pact, command, (id_,), seed, clock, timeout)
        if interrupted.is_set():
            return  # it was ended, so its exit code says nothing
        rows[id_] = _row(id_, chosen[id_], run, accepted.get(id_), tolerated)
        progress(f"{len(rows)} of {len(chosen)} variants")

    def report() -> ReportModel:
        done = [rows[id_] for id_ in chosen if id_ in rows]
        counted = Counter(row.word for row in done)
        detected, missed = sum(row.tone == "good" for row in done) - counted["accepted"], counted["not detected"]
        share = 100 * detected / (detected + missed) if detected + missed else 100.0
        seconds = perf_counter() - began
        others = "".join(f", {counted[word]} {word}" for word in ("tolerated", "accepted") if counted[word])
        return ReportModel(
            title=f"{join(command)} and the changes that {pact.title} might make",
            vendor=pact.vendor,
            heading="variant",
            counted="",
            rows=done,
            summary=f"{detected} of {len(done)} detected, {missed} not detected{others}, {seconds:.1f} s",
            code=KEPT if share >= threshold else BROKEN,
            about=pact.document,
            notes=[]
            if threshold == 100
            else [f"{share:.0f} % of what must be detected; the threshold is {threshold:g} %"],
            seconds=seconds,
            facts={"command": join(command), "seed": str(seed)},
        )

    report_so_far(report)
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        try:
            for done in [pool.submit(one, id_) for id_ in chosen]:
                done.result()
        except KeyboardInterrupt:
            end_children()  # the pool waits for its threads, and they wait for these
            raise
    return report()


def _row(id_: str, variant: dict[str, str], run: _Run, reason: str | None, tolerated: Collection[str]) -> Row:
    sentence = f"{variant['sentence']} ({variant['class']}, {variant['weight']})"
    if run.code != 0:
        return Row(id_, "detected" if run.code is not None else "detected by timeout", "good", sentence)
    if reason is not None:
        return Row(id_, "accepted", "good", sentence, why=reason)
    if variant["weight"] in tolerated:
        return Row(id_, "tolerated", "open", sentence, why=f"the suite passed with it, and it is {variant['weight']}")
    return Row(id_, "not detected", "bad", sentence, why="the suite passed with it")


def _run(pact: Pact, command: Sequence[str], variants: Sequence[str], seed: int, clock: str, timeout: float) -> _Run:
    """Run the command with a simulator of its own. Raises CouldNotRun if it cannot be started.

    All simulators are in this process, since each process would need a second of processor time to start.
    """
    active = on_all_servers(variants)
    with served_in_process(pact.vendor, seed=seed, clock=clock, variants=active) as info:
        variables = environment([pact], info) | {VARIANTS_VARIABLE: " ".join(active)}
        whole, pipe = {**os.environ, **variables}, subprocess.PIPE
        try:
            with child(command, env=whole, stdout=pipe, stderr=subprocess.STDOUT) as process:
                output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            return _Run(None, "")
        except OSError as wrong:
            raise CouldNotRun(f"{command[0]} cannot be run: {wrong.strerror or wrong}") from None
    return _Run(process.returncode, "\n".join(output.splitlines()[-_LAST_LINES:]))
