"""`lockpact …`: the commands that judge. Exit codes: 0 kept, 1 broken, 2 could not run or proved nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console

from lockpact.cli.arguments import parser
from lockpact.core.pact import load
from lockpact.live.permission import Permission
from lockpact.report.findings import NOTHING, CouldNotRun
from lockpact.report.model import ReportModel
from lockpact.report.writer import deliver

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. → its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    given, command = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    arguments = parser().parse_args(given)
    arguments.cmd = command
    try:
        paper: ReportModel = _COMMANDS[arguments.name](arguments)
    except (CouldNotRun, ValueError, OSError) as wrong:
        print(f"lockpact {arguments.name}: {wrong}", file=sys.stderr)
        return NOTHING
    except KeyboardInterrupt:
        print(f"lockpact {arguments.name}: interrupted", file=sys.stderr)
        return NOTHING
    try:
        console = Console(stderr=getattr(arguments, "json", None) == "-")
        deliver(paper, arguments.junit, arguments.html, arguments.stories, console)
    except OSError as wrong:
        print(f"lockpact {arguments.name}: the report could not be written: {wrong}", file=sys.stderr)
        return NOTHING
    return paper.code


def _permitted(arguments: argparse.Namespace) -> Permission:
    given = vars(arguments)
    return Permission(
        frozenset(given.get("allow", ())),
        given.get("calls", Permission.calls),
        arguments.share,
        arguments.production_account,
        given.get("lock", ()),
        arguments.credentials,
    )


def _run_check(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.driving.adapters import load_adapter
    from lockpact.driving.check import check
    from lockpact.driving.virtual_time import virtual_time
    from lockpact.simulators.stage import WorldStage

    pact = load(arguments.vendor)
    with virtual_time():
        adapter = load_adapter(arguments.adapter, pact)
        with Console(stderr=True).status("") as status:
            report = check(
                pact,
                adapter,
                partial(WorldStage, pact, seed=arguments.seed),
                examples=arguments.examples,
                seed=arguments.seed,
                laws=arguments.law,
                tell=lambda what: status.update(f"{arguments.adapter}: {what}"),
            )
    again = f"lockpact check {arguments.vendor} --adapter {arguments.adapter} --seed {arguments.seed}"
    again = f"{again} --examples {arguments.examples} --law {{law}}"
    return replace(report, subject=arguments.adapter, again=again).paper()


def _run_watch(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.live.watch import watch

    if not arguments.cmd:
        raise CouldNotRun("there is no command to watch; write it behind --, as: lockpact watch nuki -- npm test")
    return watch(
        [load(vendor) for vendor in arguments.vendors], arguments.cmd, seed=arguments.seed, clock=arguments.clock
    ).paper()


def _run_conform(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.live.conform import conform
    from lockpact.record.judge import beside_laws, judged, paper

    pact, recordings = load(arguments.vendor), arguments.recordings
    if arguments.url is None:
        if recordings is None:
            raise CouldNotRun("there is nothing to judge: give --url URL, or --recordings DIR, or both")
        return paper(pact, recordings)
    rules = judged(pact, recordings) if recordings is not None else []
    with Console(stderr=True).status("") as status:
        laws = conform(
            pact,
            arguments.url,
            control=arguments.control,
            permission=_permitted(arguments),
            examples=arguments.examples,
            seed=arguments.seed,
            tell=lambda what: status.update(f"{arguments.url}: {what}"),
        )
    return beside_laws(laws.paper(), rules)


def _run_drift(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.drift import Server, drift

    def server(side: str) -> Server:
        given = vars(arguments)
        return Server(given[side], given[f"{side}_control"], given[f"{side}_credentials"])

    with Console(stderr=True).status("") as status:
        verdict = drift(
            load(arguments.vendor),
            server("baseline"),
            server("candidate"),
            permission=_permitted(arguments),
            accept=arguments.accept,
            sequences=arguments.sequences,
            length=arguments.length,
            seed=arguments.seed,
            tell=status.update,
        )
    if arguments.json == "-":
        sys.stdout.write(verdict.json().decode())
    elif arguments.json is not None:
        Path(arguments.json).write_bytes(verdict.json())
    return verdict.paper()


def _run_record(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.drift import Server
    from lockpact.record import record

    with Console(stderr=True).status("") as status:
        return record(
            load(arguments.vendor),
            Server(arguments.url, arguments.control),
            arguments.into,
            permission=_permitted(arguments),
            version=arguments.version,
            called=arguments.called,
            tell=lambda what: status.update(f"{arguments.url}: {what}"),
        )


def _run_cleanup(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.drift import Server, cleanup

    return cleanup(load(arguments.vendor), Server(arguments.url), _permitted(arguments))


def _run_grade(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.grade.grade import grade

    if not arguments.cmd:
        raise CouldNotRun("there is no command to grade; write it behind --, as: lockpact grade nuki -- pytest tests")
    with Console(stderr=True).status("") as status:
        return grade(
            load(arguments.vendor),
            arguments.cmd,
            only=arguments.only,
            jobs=arguments.jobs,
            timeout=arguments.timeout,
            seed=arguments.seed,
            clock=arguments.clock,
            tell=status.update,
        )


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], ReportModel]] = {
    "check": _run_check,
    "watch": _run_watch,
    "conform": _run_conform,
    "grade": _run_grade,
    "drift": _run_drift,
    "record": _run_record,
    "cleanup": _run_cleanup,
}
