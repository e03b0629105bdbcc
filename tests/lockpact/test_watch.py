"""`lockpact watch` judges any command by its traffic."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lockpact.cli.main import main
from lockpact.core.pact import PACTS

CALLS = """
import os, sys
from urllib.request import urlopen

bridge, token = os.environ["LOCKPACT_NUKI_URL"], os.environ["LOCKPACT_NUKI_TOKEN"]
for path in sys.argv[1:]:
    urlopen(f"{bridge}{path}token={token}").read()
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    file = tmp_path / "calls.py"
    file.write_text(CALLS)
    return str(file)


def watch(*command: str) -> int:
    return main(["watch", "nuki", "--", *command])


def test_a_well_behaved_command_ends_with_0(script: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert watch(sys.executable, script, "/list?", "/info?") == 0
    output = capfd.readouterr().out
    assert "NK-SERIAL-1" in output
    uncovered = output.partition("not covered (it needs the client's results, which its traffic does not show): ")[2]
    assert "NK-STATE-1" in uncovered.partition("\n\n")[0]


def test_a_command_that_breaks_a_law_ends_with_1_and_its_traffic_is_shown_without_the_token(
    script: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert watch(sys.executable, script, "/callback/add?url=http://127.0.0.1:1/hook?a=1&b=2&") == 1
    output = capfd.readouterr().out
    assert "GET /callback/add?url=http://127.0.0.1:1/hook?a=1&b=2&token=••• … 200" in output
    assert "the URL was not encoded: its b arrived as a parameter of the bridge" in output


def test_a_command_that_sends_nothing_proves_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert watch(sys.executable, "-c", "") == 2
    assert (
        "the command sent nothing to the simulators; their addresses are in LOCKPACT_NUKI_URL" in capfd.readouterr().out
    )


def test_a_command_that_fails_has_not_kept_the_pact(script: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert watch(sys.executable, script, "/list?", "/nowhere?") == 2
    assert "the command ended with exit code 1; what it would have done next was not judged" in capfd.readouterr().out


def test_an_unknown_command_ends_with_2(capfd: pytest.CaptureFixture[str]) -> None:
    assert watch("no-such-command") == 2
    assert "lockpact watch: no-such-command cannot be run: No such file" in capfd.readouterr().err


def test_a_missing_command_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "nuki"]) == 2
    assert "there is no command to watch; write it after --" in capfd.readouterr().err


def test_an_unknown_vendor_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "yale", "--", "true"]) == 2
    assert f"there is no pact for 'yale'; known vendors: {', '.join(PACTS)}" in capfd.readouterr().err


def test_the_control_api_is_in_the_environment_and_the_clock_may_be_auto(tmp_path: Path) -> None:
    file = tmp_path / "calls.py"
    file.write_text("""
import json, os
from urllib.request import Request, urlopen
clock = json.load(urlopen(os.environ["LOCKPACT_CONTROL"] + "/worlds/default/clock"))
assert clock["mode"] == "auto", clock
said = json.load(urlopen(os.environ["LOCKPACT_NUKI_URL"] + "/auth"))
assert said == {"success": False}, said
""")
    assert main(["watch", "nuki", "--clock", "auto", "--", sys.executable, str(file)]) == 0
