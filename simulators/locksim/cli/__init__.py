"""The command `locksim`, with one module a command.

Exit codes: 0 ended as asked; 1 a replay gave other answers; 2 the command could not run, and a sentence on standard error says
why; 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from locksim.cli import har, openapi, replay, serve, show, variants
from locksim.cli.errors import CommandError
from locksim.version import __version__

__all__ = ["main", "parser"]


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands. A command's namespace has the function `run`, which returns the exit code."""
    made = argparse.ArgumentParser(prog="locksim", description="Simulators of smart-lock vendors' APIs.")
    made.add_argument("--version", action="version", version=f"locksim {__version__}")
    commands = made.add_subparsers(metavar="COMMAND", required=True)
    for module in (serve, replay, har, show, variants, openapi):
        module.add_command(commands)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `locksim`, and return its exit code.

    Args:
        arguments: those of the command line; None: the process's own.
    """
    given = parser().parse_args(arguments)
    try:
        code: int = given.run(given)
    except CommandError as error:
        print(f"locksim: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("locksim: interrupted", file=sys.stderr)
        return 130
    return code
