"""Judge any program's conduct: run it with the vendors' addresses in its environment, and read the journal afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from shlex import join
from time import perf_counter
from typing import Any

from lockpact.core.pact import Pact
from lockpact.core.verdict import Judge, Verdict
from lockpact.report.findings import CouldNotRun, Report
from lockpact.simulators.journal_traffic import traffic_of
from lockpact.simulators.served import journal, served

__all__ = ["environment", "watch"]


def watch(pacts: Sequence[Pact], command: Sequence[str], *, seed: int = 0, clock: str = "real") -> Report:
    """Run the command beside fresh stand-ins of these vendors, then judge what it sent them.

    Raises CouldNotRun when the command cannot be started.
    """
    began = perf_counter()
    with served([pact.vendor for pact in pacts], seed=seed, clock=clock) as ready:
        ended = _run(command, environment(pacts, ready))
        entries = journal(ready["control"], ready["world"])
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
        secrets=[secret for pact in pacts for secret in pact.secrets(ready["vendors"][pact.vendor]["credentials"])],
        notes=_notes(ended, exchanges, pacts),
        failed=ended != 0,
    )


def environment(pacts: Sequence[Pact], ready: Mapping[str, Any]) -> dict[str, str]:
    """What the command finds: the control door, and each vendor's variables."""
    found = {"LOCKPACT_CONTROL": str(ready["control"])}
    for pact in pacts:
        found |= {name: of(ready["vendors"][pact.vendor]) for name, of in pact.environment.items()}
    return found


def _run(command: Sequence[str], more: Mapping[str, str]) -> int:
    try:
        return subprocess.run(command, env={**os.environ, **more}, check=False).returncode  # noqa: S603 - the user's own
    except OSError as wrong:
        raise CouldNotRun(f"{command[0]} cannot be run: {wrong.strerror or wrong}") from None


def _notes(ended: int, exchanges: int, pacts: Sequence[Pact]) -> list[str]:
    notes = []
    if ended:
        notes.append(f"the command ended with {ended}; what it would have done next was not judged")
    if not exchanges:
        names = ", ".join(name for pact in pacts for name in pact.environment)
        notes.append(f"the command sent nothing to the stand-ins; it finds them in {names}")
    return notes
