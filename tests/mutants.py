"""`make mutants`: print which law kills which mutant. The exit code is 1 if a mutant survives the law that names it.

Each mutant is driven twice: with only the law that names it, which must kill it in a drive that the unmutated reference
survives, and with the whole pact, which shows the other laws that it breaks.
"""

from __future__ import annotations

import argparse
import json
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
from tests.planted import EXAMPLES, KNOWN_KILLS, Mutant, catalogue, known_kills, vendors_with_mutants


@dataclass(frozen=True)
class MutantResult:
    """Why the law that names a mutant does not kill it (None: it does), and the ids of all laws that it breaks."""

    survives: str | None
    broken: Sequence[str]


def judge(vendor: str, name: str, examples: int) -> MutantResult:
    """Drive one mutant twice."""
    mutant = catalogue(vendor).all[name]
    report = check(mutant.pact, mutant.adapter, mutant.stage, examples=examples, shrink=False)
    return MutantResult(mutant.survives(), [verdict.law.id for verdict in report.broken])


def first_kill(vendor: str, name: str) -> int | None:
    """Return the number of the first example that kills a mutant."""
    breach = catalogue(vendor).all[name].breach(range(EXAMPLES))
    return None if breach is None else breach.example


def remember(kills: dict[str, dict[str, int]]) -> None:
    """Write the first example that kills each of these vendors' mutants, where it is not the first of all."""
    known = {**known_kills(), **{vendor: {name: n for name, n in its.items() if n} for vendor, its in kills.items()}}
    KNOWN_KILLS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def matrix(mutants: dict[str, Mutant], laws: Sequence[str], found: dict[str, MutantResult], title: str) -> Table:
    """Return a table of mutants and laws: ✗ killed by the law that names it, · breaks another law, ! survived."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1))
    table.add_column("mutant", no_wrap=True)
    for law in laws:
        table.add_column("\n".join(law.split("-")[1:]), justify="center")
    for name, mutant in mutants.items():
        table.add_row(name, *(_cell(mutant, law, found[name]) for law in laws))
    return table


def _cell(mutant: Mutant, law: str, found: MutantResult) -> Text:
    if law == mutant.law:
        return Text("✗", "bold green") if found.survives is None else Text("!", "bold red")
    return Text("·", "dim") if law in found.broken else Text("")


def show(console: Console, vendor: str, found: dict[str, MutantResult]) -> list[str]:
    """Print a vendor's two tables. Returns the names of the mutants that survived."""
    its = catalogue(vendor)
    laws = [law.id for law in its.pact.laws]
    for mutants, title in ((its.clients, "clients"), (its.servers, "servers")):
        console.print(matrix(mutants, laws, found, f"{its.pact.title}: {title} with one fault each"))
        console.print()
    survived = [name for name, one in found.items() if one.survives is not None]
    for name in survived:
        console.print(Text(found[name].survives or "", "bold red"))
    outcome = f"survived: {', '.join(survived)}" if survived else "all are killed"
    console.print(f"{its.pact.title}: {len(its.clients)} clients, {len(its.servers)} servers; {outcome}\n")
    return survived


def main() -> int:
    """Print the tables of the given vendors."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("vendors", nargs="*", help=f"of {', '.join(vendors_with_mutants())} (default: all)")
    parser.add_argument("--examples", type=int, default=60, help="examples of the whole pact (default: 60)")
    parser.add_argument(
        "--remember",
        action="store_true",
        help="only write which example kills each mutant first, so that tests try it first",
    )
    parser.add_argument("-n", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
    arguments = parser.parse_args()
    if unknown := set(arguments.vendors) - set(vendors_with_mutants()):
        parser.error(
            f"there are no mutants of {', '.join(sorted(unknown))}; vendors with mutants: {', '.join(vendors_with_mutants())}"
        )
    vendors = arguments.vendors or vendors_with_mutants()
    if arguments.remember:
        names = [(vendor, name) for vendor in vendors for name in catalogue(vendor).all]
        with ProcessPoolExecutor(arguments.n, mp_context=get_context("spawn")) as pool:
            first = list(pool.map(first_kill, *zip(*names, strict=True)))
        kills: dict[str, dict[str, int]] = {vendor: {} for vendor in vendors}
        for (vendor, name), number in zip(names, first, strict=True):
            if number is not None:
                kills[vendor][name] = number
        remember(kills)
        return 0
    widest = max(len(catalogue(vendor).pact.laws) for vendor in vendors)
    console, began = Console(width=max(Console().width, 44 + 9 * widest)), perf_counter()
    names = [(vendor, name) for vendor in vendors for name in catalogue(vendor).all]
    with ProcessPoolExecutor(arguments.n, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(judge, vendor, name, arguments.examples) for vendor, name in names]
        done = [run.result() for run in track(runs, "mutants", console=Console(stderr=True), transient=True)]
    survived = []
    for vendor in vendors:
        found = {name: one for (of, name), one in zip(names, done, strict=True) if of == vendor}
        survived += show(console, vendor, found)
    console.print(f"✗ killed by the law that names it   · breaks that law too   {perf_counter() - began:.0f} s")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
