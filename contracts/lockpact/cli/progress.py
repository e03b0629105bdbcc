"""Progress of a command: a line that changes on a terminal; elsewhere a line every ten seconds, for the logs of CI."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console

__all__ = ["EVERY", "progress"]

EVERY = "LOCKPACT_PROGRESS_SECONDS"
"""The variable with the seconds between two lines where there is no terminal. By default these are ten."""
_QUICK = 2.0
"""Seconds after which a command shows how much is left."""
_COUNT = re.compile(r"(\d+) of (\d+)")


@contextmanager
def progress(subject: str = "", now: Callable[[], float] = monotonic) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows what is being done. `3 of 9` in its text gets the time that is left."""
    console, began = Console(stderr=True), now()
    last, every = began, float(os.environ.get(EVERY, "10"))
    prefix = f"{subject}: " if subject else ""

    def show(what: str) -> None:
        nonlocal last
        text = f"{prefix}{what}{_rest(what, now() - began)}"
        if status is not None:
            status.update(text)
        elif now() - last >= every:
            last = now()
            print(text, file=sys.stderr, flush=True)

    if console.is_terminal:
        with console.status(subject) as status:
            yield show
    else:
        status = None
        yield show


def _rest(what: str, seconds: float) -> str:
    """Return how long the rest will take, by what the part so far took."""
    count = _COUNT.search(what)
    if count is None or seconds < _QUICK or not (done := int(count[1])):
        return ""
    left = max(0.0, seconds * (int(count[2]) - done) / done)
    return f", about {left:.0f} s left" if left < 120 else f", about {left / 60:.0f} min left"
