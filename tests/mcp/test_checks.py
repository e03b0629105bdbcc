"""Checking a client as a tool: a child process that is bounded, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from locksim.engine.errors import Impossible, Unknown
from locksim.mcp import checks
from locksim.mcp.checks import Checks
from tests.mcp.agents import Agent, Refusal, session
from tests.server.served import until

CARELESS = '''
import json
from http.client import HTTPException
from urllib.request import urlopen

from lockpact.nuki.port import Done, Unavailable


class Careless:
    """It never looks whether the bridge says that it worked."""

    def __init__(self, connection):
        self.url, self.token = connection.url, connection.credentials.get("token")

    def act(self, lock, action, wait):
        try:
            with urlopen(f"{self.url}/lockAction?token={self.token}&nukiId={lock}&action={action.value}") as answer:
                return Done(True, bool(json.load(answer).get("batteryCritical")))
        except (OSError, HTTPException, ValueError) as failed:
            raise Unavailable from failed
'''
HANGS = """
import os
import signal
import subprocess
import sys

signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
with open("new", "w") as file:
    file.write(f"{os.getpid()} {child.pid}")
os.rename("new", "started")
while True:
    signal.pause()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with adapters, in which the MCP server runs."""
    (tmp_path / "careless.py").write_text(CARELESS)
    (tmp_path / "hangs.py").write_text(HANGS)
    (tmp_path / "stories").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_broken_law_comes_with_its_story(project: Path) -> None:
    async def script(agent: Agent) -> None:
        given = {"vendor": "nuki", "adapter": "careless:Careless", "laws": ["NK-ACT-1"], "examples": 25, "seed": 3}
        found = await agent("check_client", **given)
        assert (found["check"], found["verdict"], found["broken"]) == (1, "broken", ["NK-ACT-1"])
        assert "success: false is a failure" in found["report"]
        read = await agent("read_story", law="NK-ACT-1")
        assert "GET /lockAction?token=•••" in read["story"]
        assert read["page"] == str(project / "stories" / "check-1" / "NK-ACT-1.html")
        assert read == await agent("read_story", law="NK-ACT-1", check=1)
        for wrong, sentence in (
            ({"law": "NK-ACT-2"}, "it has those of: NK-ACT-1"),
            ({"law": "NK-ACT-1", "check": 5}, "those of: 1"),
        ):
            with pytest.raises(Refusal, match=sentence):
                await agent("read_story", **wrong)

    session(script, "nuki", folder=project / "stories")
    assert (project / "stories" / "check-1" / "NK-ACT-1.html").is_file()


def test_a_check_that_is_cancelled_ends_with_all_that_it_started(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "_GRACE", 0.2)
    started = project / "started"

    async def script(agent: Agent) -> None:
        check = asyncio.create_task(agent("check_client", vendor="nuki", adapter="hangs:Hangs"))
        await asyncio.to_thread(until, started.exists)
        check.cancel()
        with pytest.raises(asyncio.CancelledError):
            await check
        pids = [int(pid) for pid in started.read_text().split()]
        await asyncio.to_thread(until, lambda: not any(map(alive, pids)))
        after = await agent("check_client", vendor="nuki", adapter="absent:Class")
        assert after["verdict"] == "could not run, or proved nothing"
        assert "there is no module 'absent'" in after["report"]

    session(script, "nuki", folder=project / "stories")


def test_a_check_that_takes_too_long_is_ended(project: Path) -> None:
    async def script(found: Checks) -> None:
        code, _ = await found._run([sys.executable, "-c", "import signal; signal.pause()"], project, 1)
        assert code is None
        assert found._child is not None
        assert found._child.returncode not in (None, 0)

    bare(project / "stories", script)


def alive(pid: int) -> bool:
    """Whether a process still runs: one that only waits to be noticed by its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(("arguments", "sentence"), [
    ({}, "give either adapter or adapter_command"),
    ({"adapter": "a:B", "adapter_command": "c"}, "give either adapter or adapter_command"),
    ({"adapter_command": "touch here"}, "runs no commands; .* --allow-commands"),
    ({"adapter": "--help"}, "regex"),
    ({"adapter": "a:B", "laws": ["--help"]}, "regex"),
    ({"adapter": "a:B", "folder": ".."}, "no folder '..' below"),
    ({"adapter": "a:B", "folder": "/"}, "no folder '/' below"),
    ({"adapter": "a:B", "folder": "absent"}, "no folder 'absent' below"),
    ({"adapter": "a:B", "examples": 10**6}, "<= 2000"),
    ({"adapter": "a:B", "seconds": 10**6}, "<= 600"),
])  # fmt: skip
def test_nothing_runs_for_invalid_arguments(project: Path, arguments: dict[str, object], sentence: str) -> None:
    async def script(agent: Agent) -> None:
        with pytest.raises(Refusal, match=sentence):
            await agent("check_client", vendor="nuki", **arguments)

    session(script, "nuki", folder=project / "stories")
    assert list((project / "stories").iterdir()) == []


def test_what_a_check_leaves_running_does_not_hold_it_up(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_GRACE", 0.2)
    left = (
        "import os, subprocess, sys; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid, flush=True)"
    )

    async def script(found: Checks) -> None:
        code, printed = await found._run([sys.executable, "-c", left], project, 60)
        os.kill(int(printed), signal.SIGKILL)
        assert code == 0

    bare(project / "stories", script)


def test_a_command_may_be_the_adapter_if_the_server_allows_it(project: Path) -> None:
    async def script(agent: Agent) -> None:
        found = await agent("check_client", vendor="nuki", adapter_command="sh -c 'echo no bridge here >&2; exit 3'")
        assert found["verdict"] == "could not run, or proved nothing"
        assert "has ended with exit code 3; on standard error: no bridge here" in " ".join(found["report"].split())

    session(script, "nuki", folder=project / "stories", allow_commands=True)


def bare(folder: Path, script: Callable[[Checks], Awaitable[None]]) -> None:
    """Run a script with checks of which only the bookkeeping is used."""

    async def run() -> None:
        await script(Checks(folder, os.environ, allow_commands=True))

    asyncio.run(run())


def test_one_check_runs_at_a_time_and_the_last_ten_are_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(found: Checks) -> None:
        given = checks.CheckClient(vendor="nuki", adapter="a:B")
        waiting, go = asyncio.Event(), asyncio.Event()

        async def hold(*_: object) -> tuple[int, str]:
            waiting.set()
            await go.wait()
            return 0, ""

        monkeypatch.setattr(found, "_run", hold)
        first = asyncio.create_task(found.run(given))
        await waiting.wait()
        with pytest.raises(Impossible, match="another check is still running"):
            await found.run(given)
        go.set()
        assert (await first)["check"] == 1
        for _ in range(11):
            await found.run(given)
        assert len(list((project / "stories").iterdir())) == checks.KEPT
        with pytest.raises(Unknown, match="stories of check 2 are not here"):
            found.read_story(checks.ReadStory(law="NK-ACT-1", check=2))

    bare(project / "stories", script)
