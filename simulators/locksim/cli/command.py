"""Running a command of the user's while the simulators serve."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from locksim.cli.errors import CommandError

__all__ = ["run_command"]

_PATIENCE = 1.5
"""Seconds that the command has to end after a signal, before it is killed."""
_GRACE, _LOOK = 0.3, 0.02
"""Seconds that what it has started has to end, and between two looks at it."""
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


async def run_command(
    command: Sequence[str], environment: Mapping[str, str], stop: asyncio.Event, signals: Sequence[int]
) -> int:
    """Run a command to its end, and return its exit code: 128 + n if signal n ended it.

    Args:
        command: the program and its arguments. It has this process's standard input and outputs.
        environment: its environment variables.
        stop: set when it is to end sooner.
        signals: those that this process has got.

    Raises:
        CommandError: it cannot be started.
    """
    # With a group of its own the command could not read from the terminal, and there Ctrl-C reaches it anyway.
    own_group = not sys.stdin.isatty()
    try:
        process = await asyncio.create_subprocess_exec(*command, env=dict(environment), start_new_session=own_group)
    except OSError as wrong:
        raise CommandError(f"{command[0]} cannot be run: {wrong.strerror or wrong}") from None
    ended, stopped = asyncio.ensure_future(process.wait()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            if own_group or signal.SIGINT not in signals:
                _send(process, signal.SIGTERM, own_group)
            await asyncio.wait((ended,), timeout=_PATIENCE)
    finally:
        stopped.cancel()
        if own_group:
            await _end_group(process.pid)
        else:
            _send(process, _KILL, own_group)
        await ended
    code = process.returncode or 0
    return code if code >= 0 else 128 - code


async def _end_group(group: int) -> None:
    """End what is left of a process group: the command, and what it has started. First in order, then by force."""
    if not hasattr(os, "killpg"):
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGTERM)
        for _ in range(int(_GRACE / _LOOK)):
            await asyncio.sleep(_LOOK)
            os.killpg(group, 0)
        os.killpg(group, _KILL)


def _send(process: asyncio.subprocess.Process, number: int, group: bool) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if group and hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        elif process.returncode is None:
            process.send_signal(number)
