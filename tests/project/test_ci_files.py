"""The GitHub Action, the Dockerfile, the compose file and the changelog."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from locksim import registry
from locksim.server.config import ServerConfig
from locksim.server.run import serving
from locksim.version import __version__
from tests.engine.toy import TOY

REPO = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((REPO / "action.yml").read_text())
DOCKERFILE = (REPO / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((REPO / "compose.yaml").read_text())
STUB = """#!{python}
import json, os, pathlib, sys
with pathlib.Path("calls").open("a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "-c":
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
if sys.argv[1:] == ["-m", "lockpact", "--version"]:
    sys.exit(0 if os.environ.get("HAS") else 1)
sys.exit(int(os.environ["ENDS"]) if "grade" in sys.argv else 0)
"""


def run_action(folder: Path, command: str, **environment: str) -> tuple[int, list[str], str]:
    """Run the action's shell body with a stub of Python. Returns the exit code, the stub's calls, and the outputs."""
    (step,) = ACTION["runs"]["steps"]
    assert step["shell"] == "bash"
    stub = folder / "python"
    stub.write_text(STUB.format(python=sys.executable))
    stub.chmod(0o700)
    defaults = {"LOCKPACT_PYTHON": str(stub), "LOCKPACT_VERSION": ACTION["inputs"]["version"]["default"], "ENDS": "0"}
    assert step["env"].keys() == {"LOCKPACT_COMMAND", "LOCKPACT_VERSION", "LOCKPACT_PYTHON"}
    variables = {**os.environ, **defaults, "LOCKPACT_COMMAND": command, "GITHUB_OUTPUT": str(folder / "outputs")}
    done = subprocess.run(
        ["bash", "-c", step["run"]],
        cwd=folder,
        env=variables | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    calls = [line for line in (folder / "calls").read_text().splitlines() if not line.startswith('["-c"')]
    return done.returncode, calls, (folder / "outputs").read_text() if (folder / "outputs").exists() else done.stderr


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_action_runs_the_command_and_passes_its_exit_code_on(tmp_path: Path, code: int) -> None:
    ended, calls, outputs = run_action(tmp_path, "grade nuki -- pytest 'a b' $(id)", HAS="1", ENDS=str(code))
    assert (ended, outputs) == (code, f"code={code}\n")
    assert calls[1:] == ['["-m", "lockpact", "grade", "--github", "nuki", "--", "pytest", "a b", "$(id)"]']


@pytest.mark.parametrize(("version", "wanted"), [("", "lockpact[pacts]"), ("==0.1.0", "lockpact[pacts]==0.1.0")])
def test_the_action_installs_lockpact_where_it_is_missing(tmp_path: Path, version: str, wanted: str) -> None:
    ended, calls, _ = run_action(tmp_path, "grade nuki -- pytest", LOCKPACT_VERSION=version)
    assert ended == 0
    assert calls[1] == f'["-m", "pip", "install", "--quiet", "{wanted}"]'


def test_the_container_is_not_root_has_a_health_check_and_opens_every_port() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    ports = {site.port for name in registry.NAMES for site in registry.load(name).sites} | {8700}
    (exposed,) = re.findall(r"^EXPOSE (.*)$", last, re.MULTILINE)
    assert {int(port) for port in exposed.split()} == ports


@pytest.mark.parametrize("token", ["secret", "wrong"])
def test_the_health_check_asks_the_control_api_with_its_token(token: str) -> None:
    (check,) = re.findall(r'CMD \["python", "-c", "([^"]*)"\]', DOCKERFILE)
    with serving([TOY], config=ServerConfig(admin_token="secret")) as info:
        code = check.replace("127.0.0.1:8700", info["control"].split("/")[2])
        variables = {**os.environ, "LOCKSIM_ADMIN_TOKEN": token}
        done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, check=False)
    assert (done.returncode == 0) is (token == "secret")


def test_compose_publishes_the_same_ports_on_loopback_only() -> None:
    published: set[int] = set()
    for entry in COMPOSE["services"]["locksim"]["ports"]:
        address, first, second = entry.split(":")
        assert address == "127.0.0.1"
        assert first == second
        low, _, high = first.partition("-")
        published |= set(range(int(low), int(high or low) + 1))
    (exposed,) = re.findall(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE)
    assert published == {int(port) for port in exposed.split()}


def test_what_the_image_copies_is_in_its_context() -> None:
    allowed = {line[1:] for line in (REPO / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    }
    assert copied == allowed
    assert [name for name in copied if not (REPO / name).exists()] == []


def test_the_changelog_begins_with_what_is_not_released() -> None:
    titles = re.findall(r"^## \[(.+?)\]", (REPO / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert titles[0] == "Unreleased"
    assert titles[1:] == sorted(titles[1:], reverse=True)


@pytest.mark.parametrize("package", ["locksim", "lockpact"])
def test_each_command_says_its_version(package: str) -> None:
    done = subprocess.run([sys.executable, "-m", package, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"{package} {__version__}\n"
