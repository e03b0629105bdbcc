"""`lockpact check`: the whole run or a part of it, in this process or in several.

With `--jobs`, the examples are split like shards over processes, each of which is this command again. They look for broken laws
only. Then each broken law has a process that runs the one example that showed it, and shortens its story.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from logging import getLevelNamesMapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any

from lockpact.cli.progress import EVERY, progress
from lockpact.core import interruption
from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import Pact, load
from lockpact.report.json_form import decode_report
from lockpact.report.merge import merge
from lockpact.report.model import ReportModel, Row

if TYPE_CHECKING:
    from lockpact.programs.program import AdapterProgram

__all__ = ["check_in_processes", "check_in_this_process"]

_PATIENCE = 0.7
"""Seconds that interrupted processes have to write what they know."""


def check_in_this_process(arguments: argparse.Namespace) -> ReportModel:
    """Run all examples of this run or shard, one seed after another."""
    # Imported here, since a process that only waits for others and merges their reports needs none of it.
    from lockpact.driving.check import check
    from lockpact.simulators.stage import WorldStage

    pact, parts = load(arguments.vendor), _parts(arguments)
    total, ran, reports = sum(len(numbers) for _, numbers in parts), count(1), list[ReportModel]()
    with _adapter(arguments, pact) as (adapter, program), progress(_subject(arguments)) as show:
        for seed, numbers in parts:

            def stage(**world: Any) -> WorldStage:
                if (number := next(ran)) <= total:
                    show(f"{number} of {total} examples")
                level = getLevelNamesMapping()[arguments.library_logs]
                return WorldStage(pact, seed=seed, library_logs=level, program=program, **world)  # noqa: B023 - called in this round only

            known = {row.id for report in reports for row in report.rows if row.word == "broken"}
            report = check(
                pact, adapter, stage, examples=arguments.examples, seed=seed, numbers=numbers, laws=arguments.law,
                shrink=not arguments.no_shorten, known=known, progress=show,
            )  # fmt: skip
            shard = "" if arguments.shard is None else "{}/{}".format(*arguments.shard)
            reproduce = _reproduce(arguments, seed)
            reports.append(replace(report, subject=_subject(arguments), reproduce=reproduce, shard=shard).model())
            if len(reports) < len(parts):
                interruption.report_so_far(lambda: _merged(arguments, reports))
    return reports[0] if len(reports) == 1 else _merged(arguments, reports)


def _parts(arguments: argparse.Namespace) -> list[tuple[int, Sequence[int]]]:
    """Return (seed, the numbers of its examples to run). A shard splits the examples of all seeds together."""
    seeds = range(arguments.seed, arguments.seed + arguments.seeds)
    if arguments.example is not None:
        return [(seed, [arguments.example]) for seed in seeds]
    k, n = arguments.shard or (1, 1)
    every = range(arguments.examples)
    parts = [(seed, [m for m in every if (index * len(every) + m) % n == k - 1]) for index, seed in enumerate(seeds)]
    if not any(numbers for _, numbers in parts):
        raise CouldNotRun(f"shard {k}/{n} of {len(every) * len(seeds)} examples is empty; use fewer shards")
    return [part for part in parts if part[1]]


def _subject(arguments: argparse.Namespace) -> str:
    subject: str = arguments.adapter if arguments.adapter_command is None else arguments.adapter_command
    return subject


@contextmanager
def _adapter(arguments: argparse.Namespace, pact: Pact) -> Iterator[tuple[Any, AdapterProgram | None]]:
    """Provide the adapter, and the program that it lives in, if it is one, on the world's time."""
    from lockpact.driving.adapters import load_adapter
    from lockpact.driving.virtual_time import virtual_time
    from lockpact.programs.start import running

    if arguments.adapter_command is None:
        with virtual_time():
            yield load_adapter(arguments.adapter, pact), None
        return
    command, clock, patience = arguments.adapter_command, arguments.adapter_clock, arguments.adapter_timeout
    with running(pact, command, clock, patience) as program, virtual_time():
        yield program.adapter(), program


def _options(arguments: argparse.Namespace) -> list[str]:
    """Return the arguments that name the adapter."""
    given = vars(arguments)
    options = []
    for option in ("adapter", "adapter-command", "adapter-clock", "adapter-timeout"):
        value = given[option.replace("-", "_")]
        if value is not None:
            options += [f"--{option}", f"{value:g}" if isinstance(value, float) else str(value)]
    return options


def _reproduce(arguments: argparse.Namespace, seed: int) -> str:
    """Return the command that shows the breach of `{law}` in the example `{example}` again."""
    command = shlex.join(["lockpact", "check", arguments.vendor, *_options(arguments), "--seed", str(seed)])
    return command.replace("{", "{{").replace("}", "}}") + f" --example {{example}} --law {{law}}{_logs(arguments)}"


def _logs(arguments: argparse.Namespace) -> str:
    return "" if arguments.library_logs == "WARNING" else f" --library-logs {arguments.library_logs}"


def _merged(arguments: argparse.Namespace, reports: Sequence[ReportModel], seconds: float | None = None) -> ReportModel:
    """Return the report of the whole run or shard that has these parts."""
    merged = merge(reports, load(arguments.vendor).law_ids, seconds)
    seeds = range(arguments.seed, arguments.seed + arguments.seeds)
    facts = {**merged.facts, "seed": ",".join(map(str, seeds))}
    if arguments.shard is not None:
        facts["shard"] = "{}/{}".format(*arguments.shard)
    return replace(merged, facts=facts)


# ---- several processes


def check_in_processes(arguments: argparse.Namespace, jobs: int) -> ReportModel:
    """Do the same in several processes at a time."""
    began = perf_counter()
    if arguments.example is not None:
        return check_in_this_process(arguments)
    k, n = arguments.shard or (1, 1)
    jobs = min(jobs, max(1, arguments.examples * arguments.seeds // n))
    shards = [f"{k + n * job}/{n * jobs}" for job in range(jobs)]
    with TemporaryDirectory(prefix="lockpact-") as folder, progress(_subject(arguments)) as show:
        processes = _Processes(arguments, Path(folder), show)

        interruption.report_so_far(lambda: processes.report(perf_counter() - began))
        with ThreadPoolExecutor(jobs) as pool, processes.ending(began):
            for done in [
                pool.submit(processes.run, f"--shard={shard}", "--no-shorten", f"--seed={arguments.seed}")
                for shard in shards
            ]:
                done.result()
            found = processes.report(perf_counter() - began)
            assert found is not None
            broken = [row for row in found.rows if row.word == "broken"]
            if arguments.no_shorten or not broken:
                return found
            shortened = [pool.submit(processes.shorten, row) for row in broken]
            stories: dict[str, Row] = {}
            for number, one in enumerate(shortened, 1):
                row = one.result()
                stories[row.id] = row
                show(f"{number} of {len(shortened)} stories")
            seconds = perf_counter() - began
            whole = processes.report(seconds)
            assert whole is not None
            return replace(whole, rows=[stories.get(row.id, row) for row in whole.rows])


class _Processes:
    """Runs this command in other processes, which write their reports into a folder."""

    def __init__(self, arguments: argparse.Namespace, folder: Path, show: Callable[[str], None]) -> None:
        self._arguments, self._folder, self._show = arguments, folder, show
        self._total = sum(len(numbers) for _, numbers in _parts(arguments))
        self._running: dict[subprocess.Popen[str], int] = {}
        """Running process → how many examples it has run."""
        self._finished = 0
        self._lock = Lock()

    def report(self, seconds: float) -> ReportModel | None:
        """Return the report of the parts that are there; None if there are none yet."""
        reports = []
        for file in sorted(self._folder.glob("*.json")):
            with suppress(ValueError):  # it is being written
                reports.append(decode_report(file.read_bytes()))
        return _merged(self._arguments, reports, seconds) if reports else None

    @contextmanager
    def ending(self, began: float) -> Iterator[None]:
        """End the processes if the block is interrupted. They write what they know before."""
        try:
            yield
        except KeyboardInterrupt:
            running = list(self._running)
            for process in running:
                with suppress(ProcessLookupError):
                    process.send_signal(signal.SIGINT)
            until = monotonic() + _PATIENCE
            for process in running:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, until - monotonic()))
            so_far = self.report(perf_counter() - began)
            interruption.report_so_far(lambda: so_far)  # the folder will be gone
            interruption.end_children()  # the pool waits for its threads, and they wait for these
            raise

    def run(self, *more: str) -> None:
        """Run a part, and keep its report. Raises CouldNotRun as the part does."""
        self._start(self._folder / f"{re.sub('[^0-9]+', '-', more[0])}.json", *more)

    def shorten(self, row: Row) -> Row:
        """Return the row with a shorter story."""
        assert row.found is not None
        seed, example = row.found
        file = self._folder / f"{row.id}.story"
        self._start(file, f"--seed={seed}", "--seeds=1", f"--example={example}", f"--law={row.id}")
        if not file.exists():
            return row  # the run was interrupted
        alone = next((one for one in decode_report(file.read_bytes()).rows if one.id == row.id), row)
        return replace(alone, count=row.count) if alone.word == "broken" else row

    def _start(self, file: Path, *more: str) -> None:
        given = self._arguments
        laws = [] if any(one.startswith("--law=") for one in more) else [f"--law={law}" for law in given.law or ()]
        command = [
            *(sys.executable, "-m", "lockpact", "check", given.vendor, *_options(given)),
            f"--library-logs={given.library_logs}",
            *(f"--examples={given.examples}", f"--seeds={given.seeds}", *laws, *more, f"--json={file}"),
        ]
        env = {**os.environ, EVERY: "0.5"}
        with interruption.child(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            self._running[process] = 0
            said = [line for line in process.stderr or () if not self._is_progress(process, line)]
            process.wait()
        with self._lock:
            self._finished += self._running.pop(process)
        if not file.exists() and not interruption.interrupted.is_set():
            raise CouldNotRun(
                "".join(said).strip().removeprefix("lockpact check: ") or "a process of this run has ended"
            )

    def _is_progress(self, process: subprocess.Popen[str], line: str) -> bool:
        counted = re.search(r"(\d+) of \d+ examples", line)
        if counted is None:
            return line.startswith(f"{_subject(self._arguments)}: ")
        with self._lock:
            self._running[process] = int(counted[1])
            self._show(f"{self._finished + sum(self._running.values())} of {self._total} examples")
        return True
