"""Drift removes what it creates on a live server and its pre-release: keys, quick clicks, fob credentials."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import httpx
import pytest

from lockpact.core.exit_codes import CouldNotRun
from lockpact.drift import Server, drift
from lockpact.live.permission import Permission
from lockpact.noke import PACT
from locksim.noke import VENDOR
from locksim.noke.seed import CABINET, GATE
from locksim.server.run import serving

FAST = dataclasses.replace(PACT, live=dataclasses.replace(PACT.live, per_second=1e6))
ALLOWED = frozenset({"POST /keys/", "POST /qc/issue/", "POST /fobs/issue/"})


def test_everything_is_removed_and_only_named_locks_are_changed(tmp_path: Path) -> None:
    """No control API is given, so these are treated as real servers."""
    with serving([VENDOR], clock="real") as ready:
        shown = ready["vendors"]["noke"]
        (tmp_path / "keys.json").write_text(json.dumps(shown["credentials"]["sandbox"]))
        permission = Permission(ALLOWED, credentials=tmp_path / "keys.json", locks=(GATE,))
        servers = [Server(shown["servers"][name]) for name in ("sandbox", "sandbox-pre-release")]
        verdict = drift(FAST, *servers, permission=permission, sequences=25, created_file=tmp_path / "made.jsonl")
        held = httpx.get(f"{ready['control']}/worlds/default/noke/state", verify=False).json()
    base = next(one for one in held["databases"] if one["name"] == "sandbox")
    gate, cabinet = (next(lock for lock in base["locks"] if lock["mac"] == mac) for mac in (GATE, CABINET))
    assert {place["status"] for place in gate["places"]} == {"revoked"}
    assert {click["revoked"] for click in gate["clicks"]} == {True}
    assert {held["status"] for fob in base["fobs"] for held in fob["credentials"]} == {"revoke_pending"}
    assert (cabinet["places"], cabinet["clicks"]) == ([], [])
    assert (verdict.found, (tmp_path / "made.jsonl").exists()) == ([], False)
    (note,) = verdict.notes
    assert re.fullmatch(r"created and removed: \d+ code, \d+ given, \d+ tracking_key", note)


def test_nothing_is_changed_when_no_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('{"api_key": "a", "mobile_api_key": "b"}')
    permission = Permission(ALLOWED, credentials=tmp_path / "keys.json")
    with pytest.raises(CouldNotRun, match="--lock"):
        drift(FAST, Server("http://127.0.0.1:9"), Server("http://127.0.0.1:9"), permission=permission)
