"""A child process that is read line by line and never blocks us: whatever it does, a run goes on or ends with a sentence.

Reading and writing are callbacks of the caller's selector, in its one thread. What is to be written waits in memory until
the child reads.
"""

from __future__ import annotations

import os
import selectors
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.interruption import child

__all__ = ["LINE", "Process"]

LINE = 8 * 1024 * 1024
"""Bytes that one line on standard output may have."""
_ERROR_LINES = 10_000
"""Lines on standard error that are kept until they are taken."""
_ERROR_LINE = 64 * 1024
"""Bytes of a line on standard error that are kept."""
_CHUNK = 1 << 16


class Process:
    """A running command. `lines` are those of standard output that nobody has taken yet; `errors` those of standard error."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], selector: selectors.BaseSelector
    ) -> None:
        self.lines: deque[bytes] = deque()
        self.errors: deque[str] = deque(maxlen=_ERROR_LINES)
        self.last_errors: deque[str] = deque(maxlen=40)
        """The last lines of standard error, for a sentence about the process's end."""
        self.lines_read = 0
        """How many lines have come, on both."""
        self.ended = False
        """Whether standard output is at its end. The process itself may end a moment later."""
        self._selector = selector
        self._stack = ExitStack()
        self._out, self._err, self._unsent = bytearray(), bytearray(), bytearray()
        pipe = subprocess.PIPE
        try:
            self._child = self._stack.enter_context(
                child(command, env=dict(environment), stdin=pipe, stdout=pipe, stderr=pipe)
            )
        except OSError as wrong:
            raise CouldNotRun(f"{command[0]} cannot be started: {wrong.strerror or wrong}") from None
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        self._stdin = self._child.stdin.fileno()
        for file, take in ((self._child.stdout, self._take_output), (self._child.stderr, self._take_errors)):
            os.set_blocking(file.fileno(), False)
            selector.register(file.fileno(), selectors.EVENT_READ, take)
        os.set_blocking(self._stdin, False)

    def send(self, data: bytes) -> None:
        """Write to standard input, now or as soon as the child reads."""
        self._unsent += data
        self._write()

    def exit_code(self) -> int | None:
        """Return the exit code; None if the process has not ended."""
        return self._child.poll()

    def end(self) -> None:
        """End the process, and what it started."""
        for file in (self._child.stdout, self._child.stderr, self._child.stdin):
            if file is not None and not file.closed:
                self._forget(file.fileno())
        if self._child.stdin is not None:
            with suppress(OSError):  # nobody reads what was still to be written
                self._child.stdin.close()
        self._stack.close()

    # ---- inner

    def _write(self, _: int = 0) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._stdin, self._unsent[:_CHUNK])]
        except BlockingIOError:
            if self._stdin not in self._selector.get_map():
                self._selector.register(self._stdin, selectors.EVENT_WRITE, self._write)
            return
        except OSError:  # the child has closed it; its end is seen on standard output
            self._unsent.clear()
        self._forget(self._stdin)

    def _take_output(self, pipe: int) -> None:
        if not self._read(pipe, self._out):
            self.ended = True
            if self._out:
                self.lines.append(bytes(self._out))
            return
        *whole, rest = self._out.split(b"\n")
        self.lines.extend(bytes(line) for line in whole)
        self.lines_read += len(whole)
        self._out = bytearray(rest)
        if len(self._out) > LINE:
            raise CouldNotRun(
                f"the adapter's program wrote a line of more than {LINE // 1024 // 1024} MB to standard output; it begins "
                f"with {bytes(self._out[:60])!r}"
            )

    def _take_errors(self, pipe: int) -> None:
        more = self._read(pipe, self._err)
        *whole, rest = self._err.split(b"\n")
        if not more or len(rest) > _ERROR_LINE:
            whole, rest = [*whole, rest[:_ERROR_LINE]], bytearray()
        self.lines_read += len(whole)
        for line in whole:
            if line.strip():
                text = line.decode("utf-8", "replace").rstrip()
                self.errors.append(text)
                self.last_errors.append(text)
        self._err = bytearray(rest)

    def _read(self, pipe: int, into: bytearray) -> bool:
        """Read what there is. Returns False at the end."""
        try:
            data = os.read(pipe, _CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        into += data
        if not data:
            self._forget(pipe)
        return bool(data)

    def _forget(self, descriptor: int) -> None:
        if descriptor in self._selector.get_map():
            self._selector.unregister(descriptor)
