"""The `lockpact` commands.

Exit codes: 0 kept, 1 broken, 2 could not run or proved nothing, 130 interrupted, 143 ended by SIGTERM.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from lockpact.cli.arguments import parser
from lockpact.core.exit_codes import NOTHING
from lockpact.core.extras import MissingExtra, need_pacts

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    given, command = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    arguments = parser().parse_args(given)
    arguments.cmd = command
    try:
        need_pacts(f"lockpact {arguments.name}")
    except MissingExtra as missing:
        print(missing, file=sys.stderr)
        return NOTHING
    from lockpact.cli import commands

    return commands.run(arguments)
