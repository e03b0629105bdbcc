"""The command `locksim`, with one module a command.

Exit codes: 0 ended as asked; 1 a replay gave other answers; 2 the command could not run, and a sentence on standard error says
why; 130 interrupted. `proxy` ends with the exit code of its command.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from locksim.cli import cluster, har, mcp, openapi, proxy, replay, serve, show, variants
from locksim.cli.errors import CommandError
from locksim.version import __version__

__all__ = ["main", "parser"]


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands. A command's namespace has the function `run`, which returns the exit code."""
    made = argparse.ArgumentParser(prog="locksim", description="Simulators of smart-lock vendors' APIs.")
    made.add_argument("--version", action="version", version=f"locksim {__version__}")
    commands = made.add_subparsers(metavar="COMMAND", required=True)
    for module in (serve, mcp, proxy, replay, har, show, variants, openapi, cluster):
        module.add_command(commands)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `locksim`, and return its exit code.

    Args:
        arguments: those of the command line; None: the process's own.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)  # noqa: TID251 - what follows -- is no argument of ours
    command = words[words.index("--") + 1 :] if words[:1] == ["proxy"] and "--" in words else []
    given = parser().parse_args(words[: -len(command) - 1] if command else words)
    if command:
        given.cmd = command
    try:
        code: int = given.run(given)
    except CommandError as error:
        print(f"locksim: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("locksim: interrupted", file=sys.stderr)
        return 130
    return code
