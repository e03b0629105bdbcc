"""Start an adapter's program with what it needs to be on the world's time."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.kits import KITS
from lockpact.core.pact import Pact
from lockpact.programs.faketime import ShownTime
from lockpact.programs.program import AdapterProgram, Clock

__all__ = ["environment", "running"]


@contextmanager
def running(
    pact: Pact, command: str, clock: Clock | None = None, patience: float | None = None
) -> Iterator[AdapterProgram]:
    """Run an adapter's program, which ends with the block.

    Args:
        pact: The pact that the adapter is for.
        command: The program and its arguments, as a shell would split them.
        clock: The clock to use. None: the world's if the program's kit offers it.
        patience: Seconds of silence after which the program hangs. None: as `lockpact.programs.program` says.

    Raises:
        CouldNotRun: The program does not start, or does not speak the protocol.
    """
    try:
        words = shlex.split(command)
    except ValueError as wrong:
        raise CouldNotRun(f"the adapter's command cannot be split into words: {wrong}") from None
    if not words:
        raise CouldNotRun("the adapter's command is empty; write for example 'node adapter.mjs'")
    shown = ShownTime() if clock == "faketime" else None
    variables = environment() if clock in (None, "world") else {} if shown is None else shown.variables
    program = AdapterProgram(pact, words, clock=clock, patience=patience, environment=variables, shown=shown)
    try:
        program.start()
        yield program
        if program.problem is not None:
            raise program.problem
    finally:
        program.stop()
        if shown is not None:
            shown.close()


def environment(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables that put a program on the world's time: Node loads the kit's clock before everything else."""
    clock = KITS / "node" / "clock.cjs"
    quoted = '"' + str(clock).replace("\\", "\\\\").replace('"', '\\"') + '"'
    return {"NODE_OPTIONS": f"{variables.get('NODE_OPTIONS', '')} --require {quoted}".strip()}
