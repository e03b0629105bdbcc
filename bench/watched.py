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
    """Medians over all pairs. Ratios are of two loads of one pair, so that a machine that is busy for a while slows both."""

    rate: float
    rate_closed: float
    rate_ratio: float
    cost: float
    """Microseconds of the server's processor time for each answer, with the page open."""
    cost_closed: float
    cost_ratio: float


def measure(served: Served, console: str, browser: str, seconds: float, rounds: int) -> Watched:
    """Load `/list` over one connection, with the console open and closed; which is first changes with each pair."""
    closed: list[tuple[float, float]] = []
    opened: list[tuple[float, float]] = []
    with _page(browser) as goto:
        for number in range(rounds):
            for address in ("about:blank", console) if number % 2 else (console, "about:blank"):
                goto(address)
                (opened if address == console else closed).append(_one(served, seconds))
    pairs = list(zip(opened, closed, strict=True))
    return Watched(
        rate=median(rate for rate, _ in opened),
        rate_closed=median(rate for rate, _ in closed),
        rate_ratio=median(one[0] / other[0] for one, other in pairs),
        cost=median(cost for _, cost in opened),
        cost_closed=median(cost for _, cost in closed),
        cost_ratio=median(one[1] / other[1] for one, other in pairs),
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
