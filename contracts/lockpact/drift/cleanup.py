"""Take away what runs before have made on a server, and could not take away themselves."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import httpx

from lockpact.core.pact import Pact
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.servers import LEDGER, Server, open_server, operations_of
from lockpact.live.conform import refuse_production
from lockpact.live.permission import READ_ONLY, Permission
from lockpact.report.findings import BROKEN, KEPT, CouldNotRun
from lockpact.report.model import ReportModel, Row

__all__ = ["cleanup"]


def cleanup(pact: Pact, server: Server, permission: Permission = READ_ONLY, ledger: Path = LEDGER) -> ReportModel:
    """See the module. Raises CouldNotRun."""
    refuse_production(pact, server.url, permission.account)
    began, kept = perf_counter(), CreatedObjects(ledger, pact.vendor)
    before = [entry for entry in kept.left if entry.server == server.url.rstrip("/")]
    limits = permission.limits(pact.live, lambda path, method="GET": False)  # what was made may be removed, and no more
    side = open_server(pact, operations_of(pact), server, limits, permission, kept, "cleanup")
    try:
        left = {entry.number for entry in side.tidy()}
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"{server.url} cannot be reached: {type(lost).__name__}: {lost}") from None
    finally:
        side.close()
        kept.forget()
    rows = [
        Row(str(e.id), "left", "bad", f"{e.kind} by {e.operation}", why="it could not be removed; look after it")
        if e.number in left
        else Row(str(e.id), "removed", "good", f"{e.kind} by {e.operation}")
        for e in before
    ]
    seconds = perf_counter() - began
    return ReportModel(
        title=f"What runs have left on {server.url}",
        vendor=pact.vendor,
        heading="id",
        counted="",
        rows=rows,
        summary=f"{len(rows) - len(left)} removed, {len(left)} left, {seconds:.1f} s",
        code=BROKEN if left else KEPT,
        seconds=seconds,
    )
