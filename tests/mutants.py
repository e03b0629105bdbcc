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
from dataclasses import dataclass
from multiprocessing import get_context
from time import perf_counter

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from lockpact.driving.check import check
from tests.planted import Mutant, catalogue, planted


@dataclass(frozen=True)
class Found:
    """What became of one mutant: whether its own law kills it, and the ids of all laws that it breaks."""

    killed: bool
    broken: Sequence[str]


def judge(vendor: str, name: str, examples: int) -> Found:
    """Drive one mutant, twice."""
    mutant = catalogue(vendor).all[name]
    report = check(mutant.pact, mutant.adapter, mutant.stage, examples=examples, shrink=False)
    return Found(mutant.killed(), [verdict.law.id for verdict in report.broken])


def matrix(mutants: dict[str, Mutant], laws: Sequence[str], found: dict[str, Found], title: str) -> Table:
    """One row a mutant, one column a law: ✗ killed by the law that names it, · offends another, ! lives."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1))
    table.add_column("mutant", no_wrap=True)
    for law in laws:
        table.add_column("\n".join(law.split("-")[1:]), justify="center")
    for name, mutant in mutants.items():
        table.add_row(name, *(_cell(mutant, law, found[name]) for law in laws))
    return table


def _cell(mutant: Mutant, law: str, found: Found) -> Text:
    if law == mutant.law:
        return Text("✗", "bold green") if found.killed else Text("!", "bold red")
    return Text("·", "dim") if law in found.broken else Text("")


def show(console: Console, vendor: str, found: dict[str, Found]) -> list[str]:
    """Print a vendor's two matrices. → the names of the mutants that live."""
    its = catalogue(vendor)
    laws = [law.id for law in its.pact.laws]
    for mutants, title in ((its.clients, "clients"), (its.servers, "servers")):
        console.print(matrix(mutants, laws, found, f"{its.pact.title}: {title} with one planted fault"))
        console.print()
    alive = [name for name, one in found.items() if not one.killed]
    said = f"alive: {', '.join(alive)}" if alive else "all are killed"
    console.print(f"{its.pact.title}: {len(its.clients)} clients, {len(its.servers)} servers; {said}\n")
    return alive


def main() -> int:
    """Print the matrices of the vendors asked for."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("vendors", nargs="*", help=f"of {', '.join(planted())} (default: all)")
    parser.add_argument("--examples", type=int, default=60, help="examples of the whole pact (default: 60)")
    parser.add_argument("-n", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    arguments = parser.parse_args()
    if strange := set(arguments.vendors) - set(planted()):
        parser.error(f"no mutants are planted for {', '.join(sorted(strange))}; there are: {', '.join(planted())}")
    vendors = arguments.vendors or planted()
    widest = max(len(catalogue(vendor).pact.laws) for vendor in vendors)
    console, began = Console(width=max(Console().width, 44 + 9 * widest)), perf_counter()
    names = [(vendor, name) for vendor in vendors for name in catalogue(vendor).all]
    with ProcessPoolExecutor(arguments.n, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(judge, vendor, name, arguments.examples) for vendor, name in names]
        done = [run.result() for run in track(runs, "mutants", console=Console(stderr=True), transient=True)]
    alive = []
    for vendor in vendors:
        found = {name: one for (of, name), one in zip(names, done, strict=True) if of == vendor}
        alive += show(console, vendor, found)
    console.print(f"✗ killed by the law that names it   · offends that law too   {perf_counter() - began:.0f} s")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
