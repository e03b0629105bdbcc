"""`locksim replay`: run a journal again and compare its answers, or serve the world as it was after one of its entries."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locksim import registry
from locksim.cli import serving
from locksim.cli.errors import CommandError

if TYPE_CHECKING:
    from locksim.engine.world import WorldCore

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "replay", help="run a journal again", description="Run an exported journal again, and compare its answers."
    )
    parser.set_defaults(run=_run)
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="JSON lines, as exported (GET …/journal.jsonl); -: standard input"
    )
    parser.add_argument("--until", metavar="N", type=int, help="serve the world as it was after entry N")
    parser.add_argument("--clock", type=serving.clock, metavar="MODE", help="how its time passes then (manual)")
    serving.add_flags(parser.add_argument)


def _run(given: argparse.Namespace) -> int:
    from locksim.engine import replay
    from locksim.engine.errors import Refused

    try:
        recorded = replay.read(_text(given.file))
        vendors = {name: registry.load(name) for name in recorded.header.vendors}
        if not recorded.lines and given.until is None:
            raise CommandError(f"{given.file}: there is no entry in this journal, so there is nothing to compare")
        if given.until is not None and not recorded.header.after <= given.until <= recorded.last:
            raise CommandError(
                f"{given.file} goes from entry {recorded.header.after} to {recorded.last}; --until must be one of them"
            )
        strange = recorded.warning(vendors.values())
        if strange:
            print(f"{strange}; its answers may differ for that reason", file=sys.stderr)
        world = replay.begin(recorded, vendors)
        difference = replay.run(recorded, world, given.until)
    except Refused as refused:
        raise CommandError(f"{given.file}: {refused}") from None
    if difference is not None:
        print(difference.text())
        return 1
    if given.until is None:
        print(f"every answer is what it was ({len(recorded.lines)} entries)")
        return 0
    return _serve(given, world)


def _text(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror or error}") from None


def _serve(given: argparse.Namespace, world: WorldCore) -> int:
    """Serve a world as it is. Its time stands still, unless --clock says otherwise."""
    from locksim.engine.inputs import Command
    from locksim.storage import recovery

    world.apply(Command(world.now, "clock", {"mode": given.clock or "manual"}))
    recovered = recovery.RecoveredWorld(world, recovery.describe(world.vendors), 0)
    recovered.wall = serving.real_time()
    return serving.run(given, list(world.vendors.values()), {}, recovered=[recovered])
