"""What each `lockpact` command does with its arguments."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from lockpact.cli.progress import progress
from lockpact.core import interruption
from lockpact.core.exit_codes import KEPT, NOTHING, CouldNotRun
from lockpact.core.kits import copy_kit
from lockpact.core.pact import PACTS, load
from lockpact.report.github import annotate
from lockpact.report.model import ReportModel
from lockpact.report.writer import write_report

if TYPE_CHECKING:
    from lockpact.live.permission import Permission

__all__ = ["run"]


def run(arguments: argparse.Namespace) -> int:
    """Run one command, and write its report. Returns its exit code."""
    if arguments.name == "port":
        return _run_port(arguments)

    def end(so_far: ReportModel | None) -> None:
        print(f"lockpact {arguments.name}: interrupted", file=sys.stderr)
        if so_far is not None and so_far.rows:
            _write(arguments, replace(so_far, summary=f"interrupted; so far: {so_far.summary}"))

    try:
        with interruption.ends_soon(end):
            report = _COMMANDS[arguments.name](arguments)
    except (CouldNotRun, ValueError, OSError) as wrong:
        print(f"lockpact {arguments.name}: {wrong}", file=sys.stderr)
        return NOTHING
    return report.code if _write(arguments, report) else NOTHING


def _write(arguments: argparse.Namespace, report: ReportModel) -> bool:
    """Write the report. Returns whether that worked."""
    try:
        json_file = arguments.json if arguments.name != "drift" else None  # drift has written its differences
        console = Console(stderr=arguments.json == "-")
        write_report(report, arguments.junit, arguments.stories, console, json_file)
        if arguments.html is not None:
            _write_page(arguments.html, report)
        if arguments.stories is not None:
            _write_pages(arguments.stories, report)
        if arguments.github:
            annotate(report, console.file, os.environ.get("GITHUB_STEP_SUMMARY"))
    except OSError as wrong:
        print(f"lockpact {arguments.name}: the report could not be written: {wrong}", file=sys.stderr)
        return False
    return True


def _write_page(file: Path, report: ReportModel) -> None:
    """Write the report as an HTML page. Raises OSError."""
    from lockpact.simulators.report_page import write_page

    write_page(report, file)


def _write_pages(folder: Path, report: ReportModel) -> None:
    """Write the film of each breach as a page next to its story. Raises OSError."""
    from lockpact.simulators.story_page import story_page

    for row in report.rows:
        page = story_page(row.files["journal.jsonl"], f"{row.id}: {row.sentence}", row.steps) if row.files else None
        if page is not None:
            (folder / f"{row.id}.html").write_bytes(page)


def _permission(arguments: argparse.Namespace) -> Permission:
    from lockpact.live.permission import Permission

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
    from lockpact.cli.checking import check_in_processes, check_in_this_process

    jobs = arguments.jobs or os.cpu_count() or 1
    return check_in_this_process(arguments) if jobs == 1 else check_in_processes(arguments, jobs)


def _run_merge(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.report.json_form import decode_report
    from lockpact.report.merge import merge_shards

    reports: dict[str, ReportModel] = {}
    for file in arguments.reports:
        try:
            reports[str(file)] = decode_report(file.read_bytes())
        except ValueError as wrong:
            raise CouldNotRun(f"{file}: {wrong}") from None
    return merge_shards(reports, lambda vendor: load(vendor).law_ids)


def _run_port(arguments: argparse.Namespace) -> int:
    """Print a port, or copy a kit. Returns the exit code."""
    from lockpact.programs.json_schema import json_schema
    from lockpact.programs.port_text import port_text
    from lockpact.programs.port_types import describe_port
    from lockpact.programs.typescript import typescript

    if arguments.kit is not None:
        language, folder = arguments.kit
        try:
            copied = copy_kit(language, Path(folder), arguments.vendor)
        except (ValueError, OSError) as wrong:
            print(f"lockpact port: {wrong}", file=sys.stderr)
            return NOTHING
        print("\n".join(map(str, copied)))
        return KEPT
    port = describe_port(load(arguments.vendor))
    if arguments.format == "json-schema":
        print(json.dumps(json_schema(port), indent=2, ensure_ascii=False))
    else:
        print(typescript(port) if arguments.format == "typescript" else port_text(port), end="")
    return KEPT


def _run_watch(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.live.watch import Options, watch

    if not arguments.cmd:
        raise CouldNotRun("there is no command to watch; write it after --, for example: lockpact watch -- npm test")
    options = Options(
        seed=arguments.seed,
        clock=arguments.clock,
        repeat=arguments.repeat,
        storm=arguments.storm,
        timeout=arguments.timeout,
        proxy=arguments.proxy_pass if arguments.proxy or arguments.proxy_pass else None,
    )

    def show(what: str) -> None:
        # Not a line that changes: the command may print to the same terminal.
        print(f"lockpact watch: {what}", file=sys.stderr, flush=True)

    return watch([load(vendor) for vendor in arguments.vendors or PACTS], arguments.cmd, options, show=show).model()


def _run_conform(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.drift.account import AccountVerdicts, creating_operations, judge_account
    from lockpact.drift.sequences import add_sequences
    from lockpact.live.conform import LiveUse, conform
    from lockpact.live.targets import is_loopback
    from lockpact.record.rule_check import add_rules, check_rules, report_rules

    pact, recordings = load(arguments.vendor), arguments.recordings
    if arguments.url is None:
        if recordings is None:
            raise CouldNotRun("there is nothing to judge: give --url URL, or --recordings DIR, or both")
        return report_rules(pact, recordings)
    rules = check_rules(pact, recordings) if recordings is not None else []
    permission, account = _permission(arguments), AccountVerdicts((), ())
    with progress(arguments.url) as show:

        def follow_sequences(use: LiveUse) -> None:
            nonlocal account
            account = judge_account(pact, arguments.url, permission, use, progress=show)

        report = conform(
            pact,
            arguments.url,
            control=arguments.control,
            permission=permission,
            examples=arguments.examples,
            seed=arguments.seed,
            creating=creating_operations(pact),
            before_fuzzing=follow_sequences,
            progress=show,
        ).model()
        judged = report = account.added_to(report)
        with interruption.reporting(lambda: judged):
            if is_loopback(arguments.url):
                report = add_sequences(
                    report, pact, arguments.url, arguments.control,
                    sequences=2 * arguments.examples, seed=arguments.seed, progress=show,
                )  # fmt: skip
    return add_rules(report, rules)


def _run_drift(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.drift import Server, drift

    def server(name: str) -> Server:
        given = vars(arguments)
        return Server(given[name], given[f"{name}_control"], given[f"{name}_credentials"])

    with progress() as show:
        result = drift(
            load(arguments.vendor),
            server("baseline"),
            server("candidate"),
            permission=_permission(arguments),
            accept=arguments.accept,
            sequences=arguments.sequences,
            length=arguments.length,
            seed=arguments.seed,
            progress=show,
        )
    if arguments.json == "-":
        sys.stdout.write(result.json().decode())
    elif arguments.json is not None:
        Path(arguments.json).write_bytes(result.json())
    return result.model()


def _run_record(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.drift import Server
    from lockpact.record import record

    with progress() as show:
        return record(
            load(arguments.vendor),
            Server(arguments.url, arguments.control),
            arguments.into,
            permission=_permission(arguments),
            version=arguments.version,
            called=arguments.called,
            progress=show,
        )


def _run_cleanup(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.drift import Server, cleanup

    return cleanup(load(arguments.vendor), Server(arguments.url), _permission(arguments))


def _run_grade(arguments: argparse.Namespace) -> ReportModel:
    from lockpact.grade.grade import grade

    if not arguments.cmd:
        raise CouldNotRun(
            "there is no command to grade; write it after --, for example: lockpact grade nuki -- pytest tests"
        )
    with progress() as show:
        return grade(
            load(arguments.vendor),
            arguments.cmd,
            only=arguments.only,
            jobs=arguments.jobs,
            timeout=arguments.timeout,
            seed=arguments.seed,
            clock=arguments.clock,
            fail_on=arguments.fail_on,
            threshold=arguments.threshold,
            accept=arguments.accept,
            progress=show,
        )


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], ReportModel]] = {
    "check": _run_check,
    "merge": _run_merge,
    "watch": _run_watch,
    "conform": _run_conform,
    "grade": _run_grade,
    "drift": _run_drift,
    "record": _run_record,
    "cleanup": _run_cleanup,
}
