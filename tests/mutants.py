"""`make mutants`: which law kills which mutant. Ends with 1 when one lives, or dies by accident only.

Each mutant is driven twice: by the law that names it alone, which must kill it; and by the whole pact, which shows
whom else it offends.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import perf_counter

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from lockpact.check import check, first_breach
from lockpact.nuki import PACT
from tests.nuki.pact.catalogue import CLIENTS, SERVERS
from tests.nuki.pact.mutants import Mutant

ALL = {**CLIENTS, **SERVERS}


def judge(name: str, examples: int) -> tuple[str, bool, list[str]]:
    """→ the mutant, whether its own law kills it, and the ids of all laws that it breaks."""
    mutant = ALL[name]
    killed = first_breach(PACT, mutant.adapter, mutant.stage, mutant.law, examples=300) is not None
    report = check(PACT, mutant.adapter, mutant.stage, examples=examples, shrink=False)
    return name, killed, [verdict.law.id for verdict in report.broken]


def matrix(mutants: dict[str, Mutant], found: dict[str, tuple[bool, list[str]]], title: str) -> Table:
    """One row a mutant, one column a law: ✗ killed by the law that names it, · offends another, ! lives."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1))
    table.add_column("mutant", no_wrap=True)
    for law in PACT.laws:
        table.add_column("\n".join(law.id.removeprefix("NK-").split("-")), justify="center")
    for name, mutant in mutants.items():
        killed, broken = found[name]
        cells = [_cell(mutant, law.id, broken, killed=killed) for law in PACT.laws]
        table.add_row(name, *cells)
    return table


def _cell(mutant: Mutant, law: str, broken: Sequence[str], *, killed: bool) -> Text:
    if law == mutant.law:
        return Text("✗", "bold green") if killed else Text("!", "bold red")
    return Text("·", "dim") if law in broken else Text("")


def main() -> int:
    """Print both matrices."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--examples", type=int, default=60, help="examples of the whole pact (default: 60)")
    parser.add_argument("-n", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    arguments = parser.parse_args()
    console, began = Console(width=max(Console().width, 170)), perf_counter()
    with ProcessPoolExecutor(arguments.n, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(judge, name, arguments.examples) for name in ALL]
        done = [run.result() for run in track(runs, "mutants", console=Console(stderr=True), transient=True)]
    found = {name: (killed, broken) for name, killed, broken in done}
    console.print(matrix(CLIENTS, found, "Clients with one planted fault"))
    console.print()
    console.print(matrix(SERVERS, found, "Bridges with one planted fault"))
    alive = [name for name, (killed, _) in found.items() if not killed]
    console.print(f"\n✗ killed by the law that names it   · offends that law too   {perf_counter() - began:.0f} s")
    said = f"alive: {', '.join(alive)}" if alive else "all are killed"
    console.print(f"{len(CLIENTS)} clients, {len(SERVERS)} bridges; {said}")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
