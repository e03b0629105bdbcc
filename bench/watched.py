"""What an open console costs its server: pairs of loads, with the page open and closed, on one server.

The browser shares the machine with the server, so the rate alone would measure the browser. The server's processor time for
each answer does not depend on who else has a core.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.serving import Served, load

__all__ = ["Watched", "measure"]

_TICK = os.sysconf("SC_CLK_TCK")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Watched:
    """Medians over all pairs."""

    rate: float
    rate_closed: float
    cost: float
    """Microseconds of the server's processor time for each answer, with the page open."""
    cost_closed: float


def measure(served: Served, console: str, browser: str, seconds: float, rounds: int) -> Watched:
    """Load `/list` over one connection, with the console open and closed in turns."""
    with _page(browser) as goto:
        found = []
        for _ in range(rounds):
            goto("about:blank")
            closed = _one(served, seconds)
            goto(console)
            found.append((closed, _one(served, seconds)))
    rates = [(opened[0], closed[0]) for closed, opened in found]
    costs = [(opened[1], closed[1]) for closed, opened in found]
    return Watched(
        median(one for one, _ in rates),
        median(one for _, one in rates),
        median(one for one, _ in costs),
        median(one for _, one in costs),
    )


def _one(served: Served, seconds: float) -> tuple[float, float]:
    """Return answers a second, and the server's microseconds for each."""
    before = _spent(served.process.pid)
    found = load(served.url, seconds, connections=1)
    return found.rate, (_spent(served.process.pid) - before) * 1e6 / found.requests


def _spent(pid: int) -> float:
    """Return the seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def _page(browser: str) -> Iterator[Callable[[str], None]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=browser, args=_FLAGS)
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})

        def goto(address: str) -> None:
            page.goto(address)
            if address != "about:blank":
                page.locator(".device").first.wait_for()

        yield goto
        chromium.close()
