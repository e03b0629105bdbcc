"""`locksim variants`: list the changes that vendors might make."""

from __future__ import annotations

import argparse
import json
from typing import Any

from locksim import registry
from locksim.cli import table
from locksim.cli.vendors import load

__all__ = ["add_command"]


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("variants", help="list the vendor changes that can be injected, for practice")
    parser.set_defaults(run=_run)
    parser.add_argument("vendor", metavar="VENDOR", nargs="?", help=f"{', '.join(registry.NAMES)} (default: all)")
    parser.add_argument("--format", choices=("table", "json"), default="table")


def _run(given: argparse.Namespace) -> int:
    from locksim.engine.vendor import variants_of

    vendors = [load(name) for name in ([given.vendor] if given.vendor else registry.NAMES)]
    rows = [
        {"id": id_, "vendor": vendor.name, "sentence": one.sentence, "class": one.change, "weight": one.weight}
        for vendor in vendors
        for id_, one in variants_of(vendor).items()
    ]
    if given.format == "json":
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    heads = ("id", "class", "weight", "what is different")
    print(*table.lines(heads, [(row["id"], row["class"], row["weight"], row["sentence"]) for row in rows]), sep="\n")
    return 0
