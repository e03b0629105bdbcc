"""Recordings of our own simulators, for tests of what recordings show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from lockpact.core.pact import load
from lockpact.drift import Server
from lockpact.drift.operations import HttpOperation
from lockpact.drift.servers import operations_of
from lockpact.live.permission import Permission
from lockpact.record import record
from lockpact.record.recording import RecordedAnswer
from lockpact.record.rule_check import check_rules, record_simulator
from lockpact.report.model import Row
from locksim.registry import NAMES
from locksim.registry import load as simulator
from locksim.server.run import serving

HELD = list(NAMES)
"""The vendors with a table of evidence."""


def taken(vendor: str, folder: Path, *variants: str, profile: str = "documented") -> None:
    """Record everything that the simulator can be asked."""
    pact = load(vendor)
    lines = [line for line in operations_of(pact).operations if isinstance(line, HttpOperation)]
    allowed = Permission(frozenset(f"{line.method} {line.documented_path}" for line in lines))
    with serving([simulator(vendor)], seed=5, clock="real", profile=profile, variants=list(variants)) as ready:
        record(pact, Server(ready["vendors"][vendor]["url"], ready["control"]), folder, permission=allowed)


@cache
def own(vendor: str) -> dict[str, list[RecordedAnswer]]:
    """What the simulator answers, by profile."""
    return record_simulator(load(vendor))


def said(vendor: str, folder: Path) -> Sequence[Row]:
    """What the recordings say, compared with simulators that were asked once."""
    return check_rules(load(vendor), folder, own(vendor))


def contradicted(vendor: str, folder: Path, *variants: str) -> set[str]:
    """The rules that a recording of the simulator with these variants (on all servers) contradicts."""
    taken(vendor, folder, *(f"{id_}:live" for id_ in variants))
    return {row.id for row in said(vendor, folder) if row.word == "contradicted"}
