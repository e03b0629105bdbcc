"""Grade a test suite: which changes of the vendor does it detect?

The suite's command runs once with the unchanged simulator, and once with each variant of it, several at a time. If a run
fails, the suite has detected the variant. The command finds its simulator as under `lockpact watch`. Tests that use
lockpact's pytest fixtures find the variant in `LOCKPACT_VARIANTS`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from shlex import join
from time import perf_counter

from lockpact.core.exit_codes import BROKEN, KEPT, CouldNotRun
from lockpact.core.interruption import child, end_children, interrupted, report_so_far
from lockpact.core.pact import Pact
from lockpact.live.watch import environment
from lockpact.report.model import ReportModel, Row
from lockpact.simulators.fixtures import VARIANTS_VARIABLE
from lockpact.simulators.served import on_all_servers, served, variants_of

__all__ = ["grade"]

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
        rows[id_] = _row(id_, chosen[id_], run)
        progress(f"{len(rows)} of {len(chosen)} variants")

    def report() -> ReportModel:
        done = [rows[id_] for id_ in chosen if id_ in rows]
        undetected = sum(row.tone == "bad" for row in done)
        seconds = perf_counter() - began
        return ReportModel(
            title=f"{join(command)} and the changes that {pact.title} might make",
            vendor=pact.vendor,
            heading="variant",
            counted="",
            rows=done,
            summary=f"{len(done) - undetected} of {len(done)} detected, {undetected} not detected, {seconds:.1f} s",
            code=BROKEN if undetected else KEPT,
            about=pact.document,
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


def _row(id_: str, variant: dict[str, str], run: _Run) -> Row:
    sentence = f"{variant['sentence']} ({variant['class']}, {variant['weight']})"
    if run.code == 0:
        return Row(id_, "not detected", "bad", sentence, why="the suite passed with it")
    return Row(id_, "detected" if run.code is not None else "detected by timeout", "good", sentence)


def _run(pact: Pact, command: Sequence[str], variants: Sequence[str], seed: int, clock: str, timeout: float) -> _Run:
    """Run the command with a simulator of its own. Raises CouldNotRun if it cannot be started."""
    active = on_all_servers(variants)
    with served([pact.vendor], seed=seed, clock=clock, variants=active) as info:
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
