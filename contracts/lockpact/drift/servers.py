"""The servers of a run: how to get at them, what may be sent there, and what was made there taken away again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx

from lockpact.core.http_client import to_control
from lockpact.core.pact import Pact
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.fork import WorldFork
from lockpact.drift.script import OperationTable
from lockpact.drift.server_under_test import ServerUnderTest
from lockpact.live.conform import credentials_of, loopback
from lockpact.live.permission import Permission
from lockpact.live.stage import Limits
from lockpact.report.findings import CouldNotRun
from lockpact.simulators.documents import find_control, server_key

__all__ = ["LEDGER", "Server", "clean_up", "limits_at", "open_server", "operations_of", "with_control"]

LEDGER = Path(".lockpact/created.jsonl")
"""What was made on servers that are not ours, until it is removed."""


@dataclass(frozen=True)
class Server:
    """One of the two: its URL, and how to get at it."""

    url: str
    control: str | None = None
    """Its control door, where it is a stand-in of ours. With the usual ports it is found."""
    credentials: Path | None = None
    """Its own, where they are others than the permission's."""


def operations_of(pact: Pact) -> OperationTable:
    """The vendor's table. Raises CouldNotRun where there is none."""
    try:
        script: OperationTable = import_module(f"lockpact.{pact.vendor}.drift").OPERATIONS
    except ModuleNotFoundError:
        raise CouldNotRun(f"there is no table of operations for {pact.vendor} yet") from None
    return script


def with_control(pact: Pact, server: Server) -> Server:
    """With its control door, where it is a stand-in with the usual ports."""
    if server.control is not None or not loopback(server.url):
        return server
    return replace(server, control=find_control(pact.vendor, server.url.rstrip("/")))


def limits_at(pact: Pact, server: Server, permission: Permission) -> Limits:
    """What may be sent to it: to a stand-in everything, elsewhere what is permitted. Raises CouldNotRun where something
    must be named first."""
    if server.control is not None:
        return Limits(lambda path, method="GET": True, permission.calls)
    if permission.allow and pact.live.named and not permission.locks:
        raise CouldNotRun(
            f"what does more than read is sent to {pact.title} for those {' and '.join(sorted(pact.live.named))}s alone that are "
            "named; name them with --lock ID"
        )

    def may(path: str, method: str = "GET", /) -> bool:
        return pact.live.allowed(path, permission.allow, method)

    return permission.limits(pact.live, may)


def open_server(
    pact: Pact,
    script: OperationTable,
    server: Server,
    limits: Limits,
    permission: Permission,
    ledger: CreatedObjects,
    name: str,
) -> ServerUnderTest:
    """The server, ready to be asked; a stand-in in a fork of this name. Raises CouldNotRun with a sentence."""
    control, url = server.control.rstrip("/") if server.control is not None else None, server.url.rstrip("/")
    if control is not None and not (loopback(control) and loopback(url)):
        raise CouldNotRun("a control door is for a stand-in of ours on this machine; both URLs must be on loopback")
    place = "url"
    if control is None:
        keys = credentials_of(pact, server.credentials or permission.credentials)
        shown: Mapping[str, Any] = {"url": url, "credentials": keys}
    else:
        shown = _shown(pact, control)
        found = server_key(shown, url)
        if found is None:
            raise CouldNotRun(f"the stand-in of {control} serves {pact.vendor} at {shown['url']}, not at {url}")
        place = found
    only = {"lock": frozenset(permission.locks)} if permission.locks else {}
    try:
        fork = WorldFork(control, pact.vendor, name) if control is not None else None
        return ServerUnderTest(
            script, pact.vendor, shown, limits, pact.live, secrets=pact.secrets, place=place, only=only, fork=fork,
            ledger=ledger if fork is None else None,
        )  # fmt: skip
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"{control or url} cannot be used: {type(lost).__name__}: {lost}") from None


def _shown(pact: Pact, control: str) -> Mapping[str, Any]:
    try:
        with to_control(control) as door:
            shown: Mapping[str, Any] = door.get("/").raise_for_status().json()["vendors"][pact.vendor]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as wrong:
        raise CouldNotRun(f"there is no control door at {control}: {type(wrong).__name__}: {wrong}") from None
    return shown


def clean_up(sides: Sequence[ServerUnderTest], ledger: CreatedObjects, tell: Callable[[str], None]) -> list[str]:
    """Take away what was made on servers that are not ours. → what was, and what is left there, for people."""
    tell("removing what was made")
    left = [entry for side in sides if side.fork is None for entry in side.tidy()]
    gone = Counter(entry.kind for entry in ledger.entries.values() if entry.removed and entry.id is not None)
    ledger.forget()
    made = ", ".join(f"{count} {kind}" for kind, count in sorted(gone.items()))
    return [f"made, and removed again: {made}"] * bool(made) + [
        f"left on {e.server}: a {e.kind} by {e.operation} (id {e.id}); look after it" for e in left
    ]
