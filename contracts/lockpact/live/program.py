"""Run a program, pass what it prints on at once, and keep it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.interruption import child

__all__ = ["Output", "Program"]

MOST_KEPT = 8 * 1024 * 1024
"""Bytes that are kept of each stream; what comes later is passed on and not judged."""
_CHUNK = 65_536
_LAST_WORDS = 1.0
"""Seconds that the streams may stay open after the program's end, because something that it started writes to them."""


@dataclass
class Output:
    """What a program printed to one of its streams."""

    stream: str
    data: bytearray = field(default_factory=bytearray, repr=False)
    whole: bool = True
    """Whether all of it was kept."""

    def lines(self) -> list[str]:
        """Return the lines that were kept."""
        return self.data.decode("utf-8", "replace").splitlines()

    def add(self, chunk: bytes) -> None:
        """Keep a chunk, as far as there is room."""
        room = MOST_KEPT - len(self.data)
        self.data += chunk[:room]
        self.whole = self.whole and len(chunk) <= room


class Program:
    """One run of a command. Its outputs can be read at any time.

    Args:
        command: the program and its arguments.
        variables: its whole environment.
    """

    def __init__(self, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self._command = command
        self._variables = variables
        self.outputs = (Output("stdout"), Output("stderr"))
        self.code: int | None = None
        """Its exit code; None until it ends by itself."""

    def run(self, timeout: float | None = None) -> None:
        """Run it to its end, or for so many seconds. Raises CouldNotRun if it cannot be started."""
        # With a group of its own the command could not read from the terminal, and there Ctrl-C reaches it anyway.
        own_group, pipe = not sys.stdin.isatty(), subprocess.PIPE
        try:
            with child(self._command, own_group=own_group, env=self._variables, stdout=pipe, stderr=pipe) as process:
                pumps = [
                    threading.Thread(target=_pump, args=(source, target, output), daemon=True)
                    for source, target, output in zip(
                        (process.stdout, process.stderr), (sys.stdout, sys.stderr), self.outputs, strict=True
                    )
                ]
                for pump in pumps:
                    pump.start()
                with suppress(subprocess.TimeoutExpired):
                    self.code = process.wait(timeout)
                if self.code is not None:
                    for pump in pumps:
                        pump.join(_LAST_WORDS)
        except OSError as wrong:
            raise CouldNotRun(f"{self._command[0]} cannot be run: {wrong.strerror or wrong}") from None


def _pump(source: IO[str] | None, target: IO[str], output: Output) -> None:
    """Pass bytes on as they come, and keep them. Ends with the stream."""
    if source is None:
        return
    with suppress(OSError, ValueError):  # the pipe was closed meanwhile
        while chunk := os.read(source.fileno(), _CHUNK):
            output.add(chunk)
            with suppress(OSError, ValueError):  # whoever read our output is gone
                _write(target, chunk)


def _write(target: IO[str], chunk: bytes) -> None:
    raw = getattr(target, "buffer", None)
    if raw is None:  # a text stream in place of the process's own
        target.write(chunk.decode("utf-8", "replace"))
    else:
        raw.write(chunk)
    target.flush()
