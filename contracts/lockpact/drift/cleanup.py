"""Remove what earlier runs created on a live server and could not remove themselves."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import httpx

from lockpact.core.exit_codes import BROKEN, KEPT, CouldNotRun
from lockpact.core.pact import Pact
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.servers import CREATED_FILE, Server, open_server, operations_of
from lockpact.live.permission import READ_ONLY, Permission
from lockpact.live.targets import refuse_production
from lockpact.report.model import ReportModel, Row

__all__ = ["cleanup"]


def cleanup(
    pact: Pact, server: Server, permission: Permission = READ_ONLY, created_file: Path = CREATED_FILE
) -> ReportModel:
    """Remove what is left on this server, and report it. Raises CouldNotRun."""
    refuse_production(pact, server.url, permission.account)
    began, created = perf_counter(), CreatedObjects(created_file, pact.vendor)
    before = [entry for entry in created.left if entry.server == server.url.rstrip("/")]
    # Removing what was created is always allowed; nothing else is sent.
    limits = permission.limits(pact.live, lambda path, method="GET": False)
    opened = open_server(pact, operations_of(pact), server, limits, permission, created, "cleanup")
    try:
        left = {entry.number for entry in opened.remove_created()}
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"{server.url} cannot be reached: {type(lost).__name__}: {lost}") from None
    finally:
        opened.close()
        created.delete_file_if_empty()
    rows = [
        Row(str(e.id), "left", "bad", f"{e.kind} by {e.operation}", why="it could not be removed; remove it by hand")
        if e.number in left
        else Row(str(e.id), "removed", "good", f"{e.kind} by {e.operation}")
        for e in before
    ]
    seconds = perf_counter() - began
    return ReportModel(
        title=f"What earlier runs left on {server.url}",
        vendor=pact.vendor,
        heading="id",
        counted="",
        rows=rows,
        summary=f"{len(rows) - len(left)} removed, {len(left)} left, {seconds:.1f} s",
        code=BROKEN if left else KEPT,
        seconds=seconds,
    )
