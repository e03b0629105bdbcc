"""What Ctrl-C and SIGTERM do: the run ends within two seconds, reports what it has so far, and leaves no process behind.

1. The first SIGINT or SIGTERM raises KeyboardInterrupt in the main thread. Later ones are ignored.
2. A run that unwinds in time is reported by the main thread. Libraries may hold KeyboardInterrupt back, and cleaning up may
   take long; then a timer ends all child processes, reports, and ends the process.
3. What is reported is what the command last registered with `report_so_far`.
4. The exit code is that of a program that the signal ends: 130 for SIGINT, 143 for SIGTERM. So a SIGTERM gives the same exit
   code when it comes before this module is there to handle it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import traceback
from _thread import start_new_thread
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from types import FrameType
from typing import Any

from lockpact.core.exit_codes import INTERRUPTED

__all__ = ["child", "end_children", "ends_soon", "interrupted", "report_so_far", "reporting"]

_PATIENCE = 1.0
"""Seconds that a run has to unwind."""
_GRACE = 0.3
"""Seconds between a child's SIGTERM and its SIGKILL."""

interrupted = threading.Event()
"""Is set when the run is to end: nothing more is started."""
_snapshot: Callable[[], Any] | None = None
_kept = False
_children: dict[subprocess.Popen[str], bool] = {}
"""Running process → whether it has a process group of its own."""


def report_so_far(snapshot: Callable[[], Any]) -> None:
    """Register a function that returns the report of what is known so far."""
    global _snapshot  # noqa: PLW0603 - a process runs one command
    if not _kept:
        _snapshot = snapshot


@contextmanager
def reporting(snapshot: Callable[[], Any]) -> Iterator[None]:
    """Keep this function registered inside, whatever the block's own parts register."""
    global _kept  # noqa: PLW0603 - a process runs one command
    report_so_far(snapshot)
    _kept = True
    try:
        yield
    finally:
        _kept = False


@contextmanager
def child(command: Sequence[str], *, own_group: bool = True, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a process, which is ended with the block.

    Args:
        command: the program and its arguments.
        own_group: whether it has a process group of its own. Then what it starts itself is ended too, but it cannot read
            from the terminal.
        options: those of Popen.

    Raises:
        OSError: it cannot be started.
        KeyboardInterrupt: the run is being ended.
    """
    if interrupted.is_set():
        raise KeyboardInterrupt
    process = subprocess.Popen(command, text=True, start_new_session=own_group, **options)  # noqa: S603 - ours, or the user's own
    _children[process] = own_group
    try:
        yield process
    finally:
        _end({process: own_group})
        _children.pop(process, None)


def end_children() -> None:
    """End all child processes."""
    _end(dict(_children))


def _end(processes: Mapping[subprocess.Popen[str], bool]) -> None:
    """End these processes: first in order, then by force. What they started in their own group is ended with them."""
    for process, group in processes.items():
        _send(process, signal.SIGTERM, group)
    until = monotonic() + _GRACE
    for process, group in processes.items():
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, until - monotonic()))
        _send(process, getattr(signal, "SIGKILL", signal.SIGTERM), group)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _send(process: subprocess.Popen[str], number: int, group: bool) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if group and hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        elif process.poll() is None:
            process.send_signal(number)


@contextmanager
def ends_soon(write: Callable[[Any], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM end this process. `write` gets the report so far, or None.

    In a thread other than the main one nothing is changed: signals do not arrive there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    first, code = threading.Lock(), 0

    def finish() -> None:
        if not first.acquire(blocking=False):
            threading.Event().wait()  # the other thread ends the process
        with suppress(Exception):
            end_children()
        try:
            write(None if _snapshot is None else _snapshot())
        except Exception:  # noqa: BLE001 - the process ends here, so nothing else would show it
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code or INTERRUPTED)

    def finish_later() -> None:
        sleep(_PATIENCE)
        finish()

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal code
        if code:
            return
        code = 128 + number  # before all else: another signal may come in the midst of what follows
        interrupted.set()
        # No `threading.Timer`: a client whose time is the world's may be under way, and its threads wait for their turn.
        start_new_thread(finish_later, ())
        # In a callback of the garbage collector nothing can be raised: Python would print it, and go on until the timer.
        sys.unraisablehook = lambda _: None
        raise KeyboardInterrupt

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        finish()
    finally:
        if interrupted.is_set():  # a library has swallowed it
            finish()
        for number, handler in before.items():
            signal.signal(number, handler)
