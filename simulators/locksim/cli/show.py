"""`locksim show`: a journal as an HTML page in one file."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from locksim.cli.errors import CommandError

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "show",
        help="make an HTML page of a journal",
        description="Make an HTML page of an exported journal: its turns, each moment, and the building. It opens anywhere.",
    )
    parser.set_defaults(run=_run)
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="JSON lines, as exported (GET …/journal.jsonl); -: standard input"
    )
    parser.add_argument("--html", metavar="FILE", type=Path, help="where the page goes (FILE.html)")
    parser.add_argument(
        "--secrets", action="store_true", help="show credentials, tokens and PINs; without it they are masked"
    )


def _run(given: argparse.Namespace) -> int:
    from locksim import registry
    from locksim.console.story import story
    from locksim.engine import replay
    from locksim.engine.errors import Refused
    from locksim.private_files import open_file

    standard = str(given.file) == "-"
    target = given.html or (Path("journal.html") if standard else given.file.with_suffix(".html"))
    try:
        journal = sys.stdin.buffer.read() if standard else given.file.read_bytes()
        vendors = {name: registry.load(name) for name in replay.read(journal).header.vendors}
        page = story(journal, vendors, title=given.file.name, mask=not given.secrets)
        with os.fdopen(open_file(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
            file.write(page)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror or error}") from None
    except Refused as refused:
        raise CommandError(f"{given.file}: {refused}") from None
    print(f"{target}: open it in a browser")
    return 0
