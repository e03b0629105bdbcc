"""Open the servers of a run: their limits and credentials, and the removal of what is created on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.http_client import control_url, to_control
from lockpact.core.pact import Pact
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.fork import WorldFork
from lockpact.drift.operations import OperationTable
from lockpact.drift.server_under_test import ServerUnderTest
from lockpact.live.permission import Permission
from lockpact.live.stage import Limits
from lockpact.live.targets import credentials_of, is_loopback, raise_if_unreachable
from lockpact.simulators.documents import find_control, server_key

__all__ = ["CREATED_FILE", "Server", "clean_up", "limits_at", "open_server", "operations_of", "with_control"]

CREATED_FILE = Path(".lockpact/created.jsonl")
"""Lists what was created on live servers and not yet removed."""


@dataclass(frozen=True)
class Server:
    """The address of a server."""

    url: str
    control: str | None = None
    """The URL of its control API if it is a simulator. With the usual ports `with_control` finds it."""
    credentials: Path | None = None
    """The file of its credentials. None: those of the permission."""
    reset: bool = False
    """Whether the fork of a simulator's world is reset to its default state first."""


def operations_of(pact: Pact) -> OperationTable:
    """Return the vendor's table of operations. Raises CouldNotRun if there is none."""
    try:
        table: OperationTable = import_module(f"lockpact.{pact.vendor}.drift").OPERATIONS
    except ModuleNotFoundError:
        raise CouldNotRun(f"there is no table of operations for {pact.vendor} yet") from None
    return table


def with_control(pact: Pact, server: Server) -> Server:
    """Return the server with its control API, if it is a simulator on the usual ports."""
    if server.control is not None or not is_loopback(server.url):
        return server
    return replace(server, control=find_control(pact.vendor, server.url.rstrip("/")))


def limits_at(pact: Pact, server: Server, permission: Permission) -> Limits:
    """Return what may be sent: everything to a simulator, to any other server what is permitted.

    Raises CouldNotRun if the vendor requires that the locks are named.
    """
    if server.control is not None:
        return Limits(lambda path, method="GET": True, permission.calls)
    if permission.allow and pact.live.named and not permission.locks:
        kinds = " and ".join(f"{kind}s" for kind in sorted(pact.live.named))
        raise CouldNotRun(
            f"{pact.title} shares its {kinds} between servers or people, so more than reads is sent only to {kinds} that are "
            "named; name them with --lock ID"
        )

    def allows(path: str, method: str = "GET", /) -> bool:
        return pact.live.allowed(path, permission.allow, method)

    return permission.limits(pact.live, allows)


def open_server(
    pact: Pact,
    table: OperationTable,
    server: Server,
    limits: Limits,
    permission: Permission,
    created: CreatedObjects,
    name: str,
) -> ServerUnderTest:
    """Open a server; a simulator in a fork of this name. Raises CouldNotRun."""
    raise_if_unreachable(server.url)
    control, url = control_url(server.control) if server.control is not None else None, server.url.rstrip("/")
    if control is not None and not (is_loopback(control) and is_loopback(url)):
        raise CouldNotRun("a control API belongs to a simulator on this machine; both URLs must be on loopback")
    key = "url"
    if control is None:
        credentials = credentials_of(pact, server.credentials or permission.credentials)
        info: Mapping[str, Any] = {"url": url, "credentials": credentials}
    else:
        info = _connection_info(pact, control)
        found = server_key(info, url)
        if found is None:
            raise CouldNotRun(f"the simulator of {control} serves {pact.vendor} at {info['url']}, not at {url}")
        key = found
    only = {"lock": frozenset(permission.locks)} if permission.locks else {}
    try:
        fork = WorldFork(control, pact.vendor, name) if control is not None else None
        if fork is not None and server.reset:
            fork.reset()
        return ServerUnderTest(
            table, pact.vendor, info, limits, pact.live, secrets=pact.secrets, key=key, only=only, fork=fork,
            created=created if fork is None else None,
        )  # fmt: skip
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"{control or url} cannot be used: {type(lost).__name__}: {lost}") from None


def _connection_info(pact: Pact, control: str) -> Mapping[str, Any]:
    try:
        with to_control(control) as client:
            info: Mapping[str, Any] = client.get("/").raise_for_status().json()["vendors"][pact.vendor]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as wrong:
        raise CouldNotRun(f"there is no control API at {control}: {type(wrong).__name__}: {wrong}") from None
    return info


def clean_up(servers: Sequence[ServerUnderTest], created: CreatedObjects, progress: Callable[[str], None]) -> list[str]:
    """Remove what was created on live servers. Returns notes about what was removed, and about what is left."""
    progress("removing what was created")
    left = [entry for server in servers if server.fork is None for entry in server.remove_created()]
    removed = Counter(entry.kind for entry in created.entries.values() if entry.removed and entry.id is not None)
    created.delete_file_if_empty()
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(removed.items()))
    return [f"created and removed: {counts}"] * bool(counts) + [
        f"left on {e.server}: a {e.kind} by {e.operation} (id {e.id}); remove it by hand" for e in left
    ]
