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

_GRACE = 0.2
"""Seconds that the streams may stay open after a program that was ended."""


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
        own_group = not sys.stdin.isatty()
        streams = [
            _Stream(target, output) for target, output in zip((sys.stdout, sys.stderr), self.outputs, strict=True)
        ]
        out, err = (stream.theirs for stream in streams)
        try:
            with child(self._command, own_group=own_group, env=self._variables, stdout=out, stderr=err) as process:
                for stream in streams:
                    stream.start()
                with suppress(subprocess.TimeoutExpired):
                    self.code = process.wait(timeout)
                if self.code is not None:
                    for stream in streams:
                        stream.join(_LAST_WORDS)
        except OSError as wrong:
            raise CouldNotRun(f"{self._command[0]} cannot be run: {wrong.strerror or wrong}") from None
        finally:
            for stream in streams:
                stream.close()


class _Stream:
    """Where a program prints to: a terminal if this process's own stream is one, else a pipe.

    Programs show colours, and print each line at once, on a terminal only.
    """

    def __init__(self, target: IO[str], output: Output) -> None:
        self._target, self._output = target, output
        self._ours, self.theirs = _terminal(target.fileno()) if target.isatty() else os.pipe()
        """The ends from which we read, and to which the program writes."""
        self._thread = threading.Thread(target=self._pump, daemon=True)

    def start(self) -> None:
        """Pass on what the program prints, from now on."""
        os.close(self.theirs)  # so that reading ends with the program
        self.theirs = -1
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the end of the stream."""
        self._thread.join(seconds)

    def close(self) -> None:
        """Close what is open. Something that the program has started may still hold the other end."""
        if self.theirs >= 0:
            os.close(self.theirs)
        else:
            self.join(_GRACE)
        if not self._thread.is_alive():
            os.close(self._ours)

    def _pump(self) -> None:
        """Pass bytes on as they come, and keep them. Ends with the stream."""
        with suppress(OSError):  # a terminal ends with an error
            while chunk := os.read(self._ours, _CHUNK):
                self._output.add(chunk)
                with suppress(OSError, ValueError):  # whoever read our output is gone
                    _write(self._target, chunk)


def _terminal(like: int) -> tuple[int, int]:
    """Return the two ends of a new terminal that has the size of another one, and changes no byte."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    modes = termios.tcgetattr(theirs)
    modes[1] &= ~termios.OPOST  # our own terminal makes line ends of it already
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    termios.tcsetwinsize(theirs, termios.tcgetwinsize(like))
    return ours, theirs


def _write(target: IO[str], chunk: bytes) -> None:
    raw = getattr(target, "buffer", None)
    if raw is None:  # a text stream in place of the process's own
        target.write(chunk.decode("utf-8", "replace"))
    else:
        raw.write(chunk)
    target.flush()
