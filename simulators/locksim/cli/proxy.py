"""`locksim proxy -- CMD`: run a program whose hosts are fixed, with the simulators behind the vendors' real host names."""

from __future__ import annotations

import argparse
from typing import Any

from locksim import registry
from locksim.cli import serving, world_flags
from locksim.cli.errors import CommandError
from locksim.cli.vendors import load

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "proxy",
        help="run a program whose hosts are fixed, with simulators behind the vendors' host names",
        usage="locksim proxy [VENDOR …] [options] -- CMD [ARGUMENT …]",
        description=(
            "Run CMD with a proxy in its environment that hands the vendors' real hosts to simulators and refuses all others. "
            "Ends with CMD's exit code."
        ),
        epilog="CMD finds the control API's URL in LOCKSIM_CONTROL.",
    )
    parser.set_defaults(run=_run, cmd=[])
    serving.add_flags(parser.add_argument)
    parser.set_defaults(port=0, proxy_port=0)
    world_flags.add_flags(parser.add_argument)


def _run(given: argparse.Namespace) -> int:
    if not given.cmd:
        raise CommandError("there is no command to run; write it after --, for example: locksim proxy -- npm test")
    vendors = [load(name) for name in dict.fromkeys(given.vendors or registry.NAMES)]
    return serving.run(given, vendors, world_flags.world_options(given), command=given.cmd)
