"""`lockpact grade`: which variants a test suite detects."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from lockpact.cli.main import main
from lockpact.simulators.served import variants_of

READS = """
import json, os
from urllib.request import urlopen

bridge, token = os.environ["LOCKPACT_NUKI_URL"], os.environ["LOCKPACT_NUKI_TOKEN"]
locks = json.load(urlopen(f"{bridge}/list?token={token}"))
assert all(isinstance(lock["nukiId"], int) for lock in locks)
"""
SUITE = """
import httpx

def test_batteries(lockt):
    headers = {**lockt.credentials, "Content-Type": "application/json"}
    with httpx.Client(transport=lockt.transport, base_url=lockt.url, headers=headers) as client:
        for door in client.get("/doorstate").json()["data"]:
            assert 0 <= door.get("battery_level", 0) <= 1
"""


def grade(*arguments: str, vendor: str = "nuki") -> int:
    return main(["grade", vendor, *arguments])


def test_a_suite_that_checks_little_detects_few_variants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reads.py").write_text(READS)
    ids = ["nuki-list-wrapped", "nuki-state-name-gone", "nuki-charset-told"]
    only = [part for id_ in ids for part in ("--only", id_)]
    junit = tmp_path / "junit.xml"
    assert grade(*only, "--junit", str(junit), "--", sys.executable, str(tmp_path / "reads.py")) == 1
    output = capsys.readouterr().out
    rows = {line.split()[0]: line for line in output.splitlines() if line.startswith("nuki-")}
    assert "✓ detected" in rows["nuki-list-wrapped"]
    assert "✗ not detected" in rows["nuki-state-name-gone"]
    assert "States have no `stateName` any more." in rows["nuki-state-name-gone"]
    assert "(key gone, breaking)" in " ".join(output.split())
    assert output.splitlines()[-1].startswith("1 of 3 detected, 1 not detected, 1 tolerated")
    assert junit.read_text().count("<failure") == 1


def test_fixtures_in_process_are_graded_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # a suite with our plugin alone starts in half the time
    (tmp_path / "test_mine.py").write_text(SUITE)
    (tmp_path / "none.ini").write_text("[pytest]\n")
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "lockpact.pytest_plugin", "-c", str(tmp_path / "none.ini")]
    assert grade("--only", "lockt-battery-as-text", "--", *suite, str(tmp_path / "test_mine.py"), vendor="lockt") == 0
    output = capsys.readouterr().out
    assert "✓ detected" in output
    assert output.splitlines()[-1].startswith("1 of 1 detected, 0 not detected")


def test_a_suite_that_fails_with_the_unchanged_simulator_cannot_be_graded(capsys: pytest.CaptureFixture[str]) -> None:
    assert grade("--", sys.executable, "-c", "raise SystemExit('I am broken')") == 2
    output = capsys.readouterr().err
    assert "ends with exit code 1 with the unchanged simulator" in output
    assert "I am broken" in output


def test_a_run_that_takes_too_long_has_detected_the_variant(capsys: pytest.CaptureFixture[str]) -> None:
    waits = "import os, time; time.sleep(60 if os.environ['LOCKPACT_VARIANTS'] else 0)"
    assert grade("--only", "nuki-list-wrapped", "--timeout", "1", "--", sys.executable, "-c", waits) == 0
    assert "detected by timeout" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "no command"),
        (("--only", "nuki-nothing", "--", "true"), "locksim variants nuki"),
        (("--", "no-such-command"), "cannot be run"),
    ],
)
def test_what_cannot_run_ends_with_2(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str) -> None:
    assert grade(*arguments) == 2
    assert says in capsys.readouterr().err


def test_a_vendors_variants_have_their_class() -> None:
    assert variants_of("nuki")["nuki-short-window"]["class"] == "timing"


WEIGHTS = {"nuki-list-wrapped": "breaking", "nuki-state-name-gone": "breaking", "nuki-charset-told": "harmless"}
"""The first is detected by READS, the others are not."""
ACCEPT = """
[[accept]]
variant = "nuki-state-name-gone"
reason = "we show no names"
date = 2026-11-21
"""


def graded(tmp_path: Path, *arguments: str, only: Iterable[str] = WEIGHTS) -> int:
    (tmp_path / "reads.py").write_text(READS)
    (tmp_path / "accept.toml").write_text(ACCEPT)
    known = variants_of("nuki")
    assert {id_: known[id_]["weight"] for id_ in WEIGHTS} == WEIGHTS
    chosen = [part for id_ in only for part in ("--only", id_)]
    return grade(*chosen, *arguments, "--", sys.executable, str(tmp_path / "reads.py"))


@pytest.mark.parametrize(("arguments", "only", "code", "summary"), [
    ([], ["nuki-charset-told"], 0, "0 of 1 detected, 0 not detected, 1 tolerated"),
    (["--fail-on", "harmless"], ["nuki-charset-told"], 1, "0 of 1 detected, 1 not detected, "),
    (["--threshold", "50"], ["nuki-list-wrapped", "nuki-state-name-gone"], 0, "1 of 2 detected, 1 not detected, "),
    (["--threshold", "51"], ["nuki-list-wrapped", "nuki-state-name-gone"], 1, "1 of 2 detected, 1 not detected, "),
    (["--accept", "accept.toml"], ["nuki-state-name-gone"], 0, "0 of 1 detected, 0 not detected, 1 accepted"),
])  # fmt: skip
def test_a_gate_says_what_must_be_detected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], only: list[str], code: int, summary: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert graded(tmp_path, *arguments, only=only) == code
    assert summary in capsys.readouterr().out


def test_an_accepted_variant_that_there_is_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "strange.toml").write_text(ACCEPT.replace("nuki-state", "nuki-steak"))
    assert graded(tmp_path, "--accept", str(tmp_path / "strange.toml")) == 2
    assert "there is no variant nuki-steak-name-gone" in capsys.readouterr().err
