"""`locksim serve`: run the simulators until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locksim import registry
from locksim.cli import serving, world_flags
from locksim.cli.errors import CommandError
from locksim.cli.vendors import load
from locksim.version import __version__

if TYPE_CHECKING:
    from locksim.storage.store import Store

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "serve", help="run the simulators", description="Run the simulators until SIGTERM or Ctrl-C."
    )
    parser.set_defaults(run=_run)
    add = parser.add_argument
    serving.add_flags(add)
    world_flags.add_flags(add)
    add(
        "--data",
        type=Path,
        metavar="DIR",
        help="keep the worlds in this folder; the next start continues where the last one ended",
    )
    add(
        "--store",
        metavar="URL",
        default=os.environ.get("LOCKSIM_STORE"),  # noqa: TID251 - a password stays out of the list of processes
        help="keep the worlds in PostgreSQL, as postgresql://user@host/database, and share them with other nodes; a password "
        "belongs in LOCKSIM_STORE, PGPASSWORD or ~/.pgpass, since others can read a command line",
    )
    add("--node", metavar="NAME", help="the name of this node among those that use --store (host name and port)")
    add(
        "--public-url",
        metavar="URL",
        help="with --store: the control port as callers see it, as http://locks.example:8700; vendors' ports keep their "
        "distance from it (this node's own)",
    )
    add(
        "--drain",
        type=float,
        metavar="SECONDS",
        default=5.0,
        help="with --store: how long this node goes on after SIGTERM, so that HAProxy sees that it goes and what waits can "
        "end (5)",
    )


def _run(given: argparse.Namespace) -> int:
    from locksim.engine.errors import Refused
    from locksim.storage import recovery

    world = world_flags.world_options(given)
    try:
        store = _store(given)
        kept = [] if store is None else recovery.vendors_of(store)
        vendors = [load(name) for name in dict.fromkeys(given.vendors or kept or registry.NAMES)]
    except Refused as refused:
        raise CommandError(str(refused)) from None
    return serving.run(given, vendors, world, store=store, drain=given.drain)


def _store(given: argparse.Namespace) -> Store | None:
    """Return the store that the flags name, leased by this process; None without one. Raises Refused."""
    from locksim.engine.timestamps import iso

    made: Store
    if given.store is not None:
        made = _shared_store(given)
    elif given.data is not None:
        from locksim.storage.sqlite import SqliteStore

        made = SqliteStore(given.data)
    else:
        return None
    made.lease(f"locksim {__version__} since {iso(serving.real_time())}")
    return made


def _shared_store(given: argparse.Namespace) -> Store:
    """Return the store of a cluster, and complete the flags of its node. Raises Refused, CommandError."""
    from locksim.server.config import check_public_url, host_in_url
    from locksim.storage.postgres import PostgresStore

    if given.data is not None:
        raise CommandError("--data and --store both say where the worlds are kept; give one of them")
    if given.tls:
        raise CommandError("a node of a cluster speaks plain HTTP; let HAProxy speak https, and say so in --public-url")
    if not given.store.startswith(("postgresql://", "postgres://")):
        raise CommandError("--store takes the URL of a PostgreSQL database, as postgresql://user@host:5432/database")
    if given.public_url is None:
        if not given.port:
            raise CommandError("with --store and --port 0, give --public-url: worlds name their addresses in answers")
        given.public_url = f"http://{host_in_url(given.host)}:{given.port}"
    check_public_url(given.public_url)
    host = socket.gethostname()  # noqa: TID251 - a name for the list of nodes; no world sees it
    given.node = given.node or f"{host}-{given.port}"
    return PostgresStore(given.store, given.node, given.public_url)
