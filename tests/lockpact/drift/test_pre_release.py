"""A live server compared with its pre-release: two forks of one simulator's world."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from lockpact.cli.main import main
from lockpact.core.pact import PACTS, load
from lockpact.drift import DriftResult, drift
from locksim.registry import load as simulator
from locksim.server.run import serving
from tests.lockpact.drift.pair import known, server

NEXT = [name for name in PACTS if load(name).live.pre_release]
assert NEXT, "without a vendor the tests below would be skipped"


def differences_of(vendor: str, *, support: str = "", **options: Any) -> DriftResult:
    """What a simulator's pre-release has that its live server has not; before, the staff may do something."""
    with serving([simulator(vendor)], seed=3, clock="manual") as ready:
        if support:
            httpx.post(f"{ready['control']}/worlds/default/{vendor}/support/{support}", json={}).raise_for_status()
        return drift(
            load(vendor), server(ready, vendor), server(ready, vendor, pre_release=True), accept=known(vendor),
            sequences=40, created_file=Path("no such folder/none"), **options,
        )  # fmt: skip


@pytest.mark.parametrize("vendor", NEXT)
def test_the_pre_release_differs_only_in_what_is_not_yet_live(vendor: str) -> None:
    verdict = differences_of(vendor)
    assert {found.name for found in verdict.found} == verdict.accepted.keys() != set()
    assert (verdict.stale, verdict.code) == ([], 0)


def test_the_change_that_noke_announces_is_found() -> None:
    """1.0.0 as the default version."""
    announced = "POST /lock/: enum value api_version.default"
    verdict = differences_of("noke", support="pre_release", enough=lambda found: found.name == announced)
    assert announced in {found.name for found in verdict.found}
    assert verdict.code == 1


def test_the_command_reports_a_variant_and_not_the_accepted_differences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with serving([simulator("noke")], clock="real", variants=["noke-firmware-renamed"]) as ready:
        servers, control = ready["vendors"]["noke"]["servers"], ready["control"]
        ended = main([
            "drift", "noke", "--baseline", servers["production"], "--candidate", servers["production-pre-release"],
            "--baseline-control", control, "--candidate-control", control, "--accept", str(known("noke")), "--sequences", "25",
        ])  # fmt: skip
    output = capsys.readouterr().out
    assert ended == 1
    assert "✗ breaking  POST /lock/: key gone data.locks.*.fw_version" in output
    assert "accepted" in output
