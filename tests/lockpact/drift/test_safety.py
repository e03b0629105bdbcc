"""Each vendor's table of operations on a simulator that is used like a live server."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from lockpact.core.pact import Pact, load
from lockpact.drift import Server, drift
from lockpact.drift.operations import HttpOperation
from lockpact.drift.servers import operations_of
from lockpact.live.permission import Permission
from locksim.registry import NAMES
from locksim.registry import load as simulator
from locksim.server.run import serving

COMPARED = list(NAMES)

PAGE = 1000
"""Entries of a journal that one page returns."""


def hasty(vendor: str) -> Pact:
    """Its server bears any rate."""
    pact = load(vendor)
    return dataclasses.replace(pact, live=dataclasses.replace(pact.live, per_second=1e9))


def asked(ready: dict[str, Any], vendor: str) -> list[tuple[str, str]]:
    """Method and path of all that came, below the vendor's URL."""
    base = httpx.URL(ready["vendors"][vendor]["url"]).path.rstrip("/")
    query: dict[str, str | int] = {"vendor": vendor, "limit": PAGE}
    entries = httpx.get(f"{ready['control']}/worlds/default/journal", params=query, verify=False).json()["entries"]
    requests = [entry for entry in entries if entry["kind"] == "request"]
    return [(r["method"], r["target"].partition("?")[0].removeprefix(base)) for r in requests]


@pytest.mark.parametrize("allow", [frozenset(), frozenset({"*"})], ids=["nothing allowed", "all allowed"])
@pytest.mark.parametrize("vendor", COMPARED)
def test_a_live_run_sends_only_what_is_allowed_and_removes_only_what_it_created(
    vendor: str, allow: frozenset[str], tmp_path: Path
) -> None:
    pact = hasty(vendor)
    with serving([simulator(vendor)], clock="auto", limits="off") as ready:
        url, keys = ready["vendors"][vendor]["url"], tmp_path / "keys.json"
        shown = ready["vendors"][vendor]
        keys.write_text(json.dumps(pact.live.keys("sandbox", shown["credentials"])))
        permission = Permission(allow, credentials=keys, locks=_locks(ready, vendor))
        verdict = drift(
            pact, Server(url), Server(url), permission=permission, created_file=tmp_path / "made.jsonl", sequences=2
        )
        requests = asked(ready, vendor)
    assert 0 < len(requests) < PAGE, "all of them are looked at"
    assert sum(bill.calls for bill in verdict.usage) > 0
    assert not (tmp_path / "made.jsonl").exists(), verdict.notes
    removals = {(line.method, line.documented_path) for line in operations_of(pact).removes.values()}
    beyond = [
        (method, path)
        for method, path in requests
        if not pact.live.allowed(path, allow | {f"{m} {p}" for m, p in removals}, method)
    ]
    assert beyond == []


def _locks(ready: dict[str, Any], vendor: str) -> list[str]:
    devices = httpx.get(f"{ready['control']}/worlds/default/{vendor}/hardware", verify=False).json()["devices"]
    return [str(device["id"]) for device in devices]


@pytest.mark.parametrize("vendor", COMPARED)
def test_what_a_pact_allows_by_default_only_reads(vendor: str) -> None:
    live = load(vendor).live
    lines = [line for line in operations_of(load(vendor)).operations if isinstance(line, HttpOperation)]
    sent = [line for line in lines if live.allowed(line.documented_path, frozenset(), line.method)]
    assert [line.name for line in sent if not line.reads] == []
    assert sent


@pytest.mark.parametrize("vendor", COMPARED)
def test_a_read_of_the_table_is_also_a_read_of_the_pact(vendor: str) -> None:
    """What reads is sent to servers that are not ours without being named, and all that shares its method and path."""
    pact = load(vendor)
    lines = [line for line in operations_of(pact).operations if isinstance(line, HttpOperation)]
    read = {(line.method, line.documented_path) for line in lines if line.reads}
    assert read.isdisjoint((line.method, line.documented_path) for line in lines if not line.reads)
    stray = [place for method, place in read if not pact.live.allowed(place, frozenset("*"), method)]
    assert stray == []
