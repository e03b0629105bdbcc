"""`locksim serve`: run the simulators until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
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


def _run(given: argparse.Namespace) -> int:
    from locksim.engine.errors import Refused
    from locksim.storage import recovery

    world = world_flags.world_options(given)
    store = None if given.data is None else _store(given.data)
    try:
        kept = [] if store is None else recovery.vendors_of(store)
        vendors = [load(name) for name in dict.fromkeys(given.vendors or kept or registry.NAMES)]
    except Refused as refused:
        raise CommandError(str(refused)) from None
    return serving.run(given, vendors, world, store=store)


def _store(folder: Path) -> Store:
    """Return the store in a data folder, leased by this process."""
    from locksim.engine.errors import Refused
    from locksim.engine.timestamps import iso
    from locksim.storage.sqlite import SqliteStore

    store = SqliteStore(folder)
    try:
        store.lease(f"locksim {__version__} since {iso(serving.real_time())}")
    except Refused as refused:
        raise CommandError(str(refused)) from None
    return store
