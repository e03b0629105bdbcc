"""Judge any program by its traffic: run it with the simulators' addresses in its environment, then read the journal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from shlex import join
from time import perf_counter
from typing import Any

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.interruption import child, report_so_far
from lockpact.core.pact import Pact
from lockpact.core.verdict import Judge, Verdict
from lockpact.report.findings import Report
from lockpact.simulators.journal_traffic import traffic_of
from lockpact.simulators.served import journal, served

__all__ = ["environment", "watch"]


def watch(pacts: Sequence[Pact], command: Sequence[str], *, seed: int = 0, clock: str = "real") -> Report:
    """Run the command with fresh simulators of these vendors, then judge what it sent them.

    Raises CouldNotRun if the command cannot be started.
    """
    began = perf_counter()
    with served([pact.vendor for pact in pacts], seed=seed, clock=clock) as info:
        try:
            exit_code = _run(command, environment(pacts, info))
        except KeyboardInterrupt:
            so_far = _report(pacts, command, info, -1, began)
            report_so_far(so_far.model)
            raise
        return _report(pacts, command, info, exit_code, began)


def _report(
    pacts: Sequence[Pact], command: Sequence[str], info: Mapping[str, Any], exit_code: int, began: float
) -> Report:
    """Judge what the command has sent."""
    entries = journal(info["control"], info["world"])
    verdicts: list[Verdict] = []
    exchanges = 0
    for pact in pacts:
        traffic = traffic_of(entries, pact.vendor)
        exchanges += len(traffic)
        judge = Judge(pact.laws, "traffic", lambda _: True)
        judge.traffic(traffic)
        verdicts += judge.verdicts()
    return Report(
        vendor=", ".join(pact.vendor for pact in pacts),
        document=", ".join(pact.document for pact in pacts),
        subject=join(command),
        verdicts=verdicts,
        seconds=perf_counter() - began,
        secrets=[secret for pact in pacts for secret in pact.secrets(info["vendors"][pact.vendor]["credentials"])],
        notes=_notes(exit_code, exchanges, pacts),
        failed=exit_code != 0,
    )


def environment(pacts: Sequence[Pact], info: Mapping[str, Any]) -> dict[str, str]:
    """Return the command's environment variables: the control API's URL, and each vendor's variables."""
    variables = {"LOCKPACT_CONTROL": str(info["control"])}
    for pact in pacts:
        variables |= {name: value_in(info["vendors"][pact.vendor]) for name, value_in in pact.environment.items()}
    return variables


def _run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    # With a group of its own the command could not read from the terminal, and there Ctrl-C reaches it anyway.
    try:
        with child(command, own_group=not sys.stdin.isatty(), env={**os.environ, **variables}) as process:
            return process.wait()
    except OSError as wrong:
        raise CouldNotRun(f"{command[0]} cannot be run: {wrong.strerror or wrong}") from None


def _notes(exit_code: int, exchanges: int, pacts: Sequence[Pact]) -> list[str]:
    notes = []
    if exit_code:
        notes.append(f"the command ended with exit code {exit_code}; what it would have done next was not judged")
    if not exchanges:
        names = ", ".join(name for pact in pacts for name in pact.environment)
        notes.append(f"the command sent nothing to the simulators; their addresses are in {names}")
    return notes
