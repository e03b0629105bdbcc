"""Ctrl-C and SIGTERM end each command within two seconds, with what it has so far, exit code 130 or 143, and no child left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from lockpact.simulators.served import served
from tests.server.served import until

LOCKPACT = "import sys; from lockpact.cli.main import main; sys.exit(main())"
SECONDS = 2.0
SLOW_PROGRAM = """
import os, pathlib, subprocess, sys, time, urllib.request
urllib.request.urlopen(os.environ["LOCKPACT_NUKI_URL"] + "/list?token=" + os.environ["LOCKPACT_NUKI_TOKEN"])
if not {only_with_variant} or os.environ.get("LOCKPACT_VARIANTS"):
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pathlib.Path("begun").write_text(f"{{os.getpid()}} {{grandchild.pid}} {{os.environ['LOCKPACT_CONTROL']}}")
    time.sleep(600)
"""
ADAPTER = """
import pathlib
from lockpact.nuki.reference import Reference

class Adapter(Reference):
    def __init__(self, connection):
        with pathlib.Path("made").open("a") as made:
            made.write(".")
            if made.tell() == 20:
                pathlib.Path("begun").touch()
        super().__init__(connection)
"""

DEAF = """
import pathlib
from lockpact.nuki.reference import Reference

class Adapter(Reference):
    def list_locks(self):
        pathlib.Path("begun").touch()
        while True:
            try:
                sum(range(100_000))
            except BaseException:
                pass
"""


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", LOCKPACT, *arguments]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


SIGNALS = [signal.SIGINT, signal.SIGTERM]


def interrupt(
    process: subprocess.Popen[str],
    begun: Callable[[], bool],
    number: signal.Signals = signal.SIGINT,
    *,
    again: bool = False,
) -> str:
    """Send this signal (by default as Ctrl-C does) once it has begun, and return what it printed."""
    until(lambda: begun() or process.poll() is not None)
    time.sleep(0.3)
    assert process.poll() is None, process.stdout and process.stdout.read()
    began = time.monotonic()
    process.send_signal(number)
    if again:
        time.sleep(0.05)
        process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 128 + number, output
    assert time.monotonic() - began < SECONDS + 1, "a busy machine gets a second"
    assert "interrupted" in output
    assert "Traceback" not in output
    return output


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").exists() else True


def assert_nothing_is_left(folder: Path) -> None:
    program, grandchild, control = (folder / "begun").read_text().split()
    until(lambda: not lives(int(program)) and not lives(int(grandchild)))
    with pytest.raises(httpx.ConnectError):
        httpx.get(control, trust_env=False)


@pytest.mark.parametrize("number", SIGNALS)
def test_watch_judges_what_was_sent_so_far(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "slow.py").write_text(SLOW_PROGRAM.format(only_with_variant=False))
    with running(tmp_path, "watch", "nuki", "--", sys.executable, "slow.py") as process:
        output = interrupt(process, (tmp_path / "begun").exists, number)
    assert "interrupted; so far: " in output
    assert "NK-SERIAL-1" in output
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize("again", [False, True])
def test_grade_reports_the_variants_so_far_and_counts_no_run_that_it_ended(tmp_path: Path, *, again: bool) -> None:
    (tmp_path / "slow.py").write_text(SLOW_PROGRAM.format(only_with_variant=True))
    with running(tmp_path, "grade", "nuki", "--jobs", "1", "--", sys.executable, "slow.py") as process:
        output = interrupt(process, (tmp_path / "begun").exists, again=again)
    assert "✓" not in output
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize(
    ("examples", "path", "many"),
    [
        pytest.param(2000, "/worlds", 1, id="while the reference client is driven, in worlds of its own"),
        pytest.param(1, "/worlds/default/journal?limit=61", 60, id="while the document is tried"),
    ],
)
def test_conform_reports_the_laws_so_far(tmp_path: Path, examples: int, path: str, many: int) -> None:
    with served(["nuki"], clock="auto") as info, httpx.Client(trust_env=False, verify=False) as client:
        control = info["control"]

        def begun() -> bool:
            (listed,) = (value for value in client.get(control + path).json().values() if isinstance(value, list))
            return len(listed) > many

        url = info["vendors"]["nuki"]["url"]
        with running(
            tmp_path, "conform", "nuki", "--url", url, "--control", control, "--examples", str(examples)
        ) as process:
            output = interrupt(process, begun)
    assert "interrupted; so far: " in output
    assert "NK-SERIAL-1" in output


@pytest.mark.parametrize("number", SIGNALS)
def test_check_reports_the_laws_so_far(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "mine.py").write_text(ADAPTER)
    with running(tmp_path, "check", "nuki", "--adapter", "mine:Adapter", "--examples", "9000") as process:
        output = interrupt(process, (tmp_path / "begun").exists, number)
    assert "interrupted; so far: " in output


def test_check_ends_a_client_that_catches_the_interrupt(tmp_path: Path) -> None:
    """It is driven on the world's time, where a timer's thread would wait for its turn."""
    (tmp_path / "mine.py").write_text(DEAF)
    with running(tmp_path, "check", "nuki", "--adapter", "mine:Adapter") as process:
        output = interrupt(process, (tmp_path / "begun").exists)
    assert "interrupted" in output


PROGRAM = """
import json, os, pathlib, sys, time
for line in sys.stdin:
    message = json.loads(line)
    if message["method"] == "call":
        pathlib.Path("begun").write_text(str(os.getpid()))
        time.sleep(600)
    told = {"protocol": 1, "methods": ["list_locks"], "clock": "machine"}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": told}), flush=True)
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_check_ends_an_adapters_program_that_hangs(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "mine.py").write_text(PROGRAM)
    with running(tmp_path, "check", "nuki", "--adapter-command", f"{sys.executable} mine.py") as process:
        interrupt(process, (tmp_path / "begun").exists, number)
    until(lambda: not lives(int((tmp_path / "begun").read_text())))


def test_drift_reports_the_sequences_so_far(tmp_path: Path) -> None:
    with served(["nuki"], clock="auto") as one, served(["nuki"], clock="auto") as other:
        words = ["drift", "nuki", "--sequences", "9000"]
        for name, info in (("baseline", one), ("candidate", other)):
            words += [f"--{name}", info["vendors"]["nuki"]["url"], f"--{name}-control", info["control"]]

        def begun() -> bool:
            return len(httpx.get(f"{other['control']}/worlds", trust_env=False, verify=False).json()["worlds"]) > 1

        with running(tmp_path, *words) as process:
            interrupt(process, begun)
