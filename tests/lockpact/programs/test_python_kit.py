"""Clients behind the Python kit, in a process of their own: all ports, on the world's time."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lockpact.core.kits import KITS
from lockpact.core.pact import load
from lockpact.driving.check import check
from lockpact.driving.stage import CallResult
from lockpact.nuki import PACT
from lockpact.programs.program import AdapterProgram
from lockpact.programs.start import running
from lockpact.report.findings import Report
from lockpact.simulators.stage import WorldStage

REFERENCE = Path(__file__).parent / "reference.py"
CLIENT = """
import asyncio, logging, socket, sys, threading, time, urllib.error, urllib.request
sys.path.insert(0, %r)
from lockpact_kit import errors, serve

class Adapter:
    def __init__(self, connection):
        self.connection, self.polled = connection, []

    %sdef refresh(self):
        %s

    %sdef register_callback(self, what):
        print(%s getattr(self, what)(time.time()))

    def fetch(self, began):
        try:
            urllib.request.urlopen(self.connection["url"] + "/info", timeout=6)
        except urllib.error.HTTPError as refused:
            return f"{refused.code} {time.time() - began:g}"
        except OSError as late:
            return f"{type(late).__name__} {time.time() - began:g}"

    def slept(self, began):
        time.sleep(30)
        return f"{time.time() - began:g}"

    def logs(self, began):
        logging.getLogger("client").debug("quiet")
        logging.getLogger("urllib3").debug("not the client's")
        print("printed")

    def refused(self, began):
        raise errors.NoFreeSlot("all are taken")

    def forever(self, began):
        self.pair = socket.socketpair()
        self.pair[0].recv(1)

    def seen(self, began):
        return self.polled

%s
serve(Adapter)
"""
SYNC = CLIENT % (str(KITS / "python"), "", "pass", "", "", "")
POLLING = """
async def poll(client):
    while True:
        await asyncio.sleep(2)
        client.polled.append(int(time.time() - client.began))

async def both(client, began):
    await asyncio.gather(asyncio.sleep(5), asyncio.sleep(9))
    return int(time.time() - began)

Adapter.both = both
"""
ASYNC = CLIENT % (
    str(KITS / "python"),
    "async ",
    "self.began = time.time(); self.task = asyncio.ensure_future(poll(self))",
    "async ",
    "await asyncio.ensure_future(later(self, what, time.time())) if what == 'both' else",
    POLLING + "\nasync def later(client, what, began):\n    return await getattr(client, what)(began)\n",
)


def checked(vendor: str, examples: int) -> Report:
    pact = load(vendor)
    with running(pact, f"{shlex.quote(sys.executable)} {shlex.quote(str(REFERENCE))} {vendor}") as program:
        assert program.clock == "world"
        return check(pact, program.adapter(), partial(WorldStage, pact, program=program), examples=examples)


@pytest.mark.parametrize(("vendor", "kept"), [("noke", 20), ("remotelock", 20), ("lockt", 20), ("codelocks", 15)])
def test_the_reference_keeps_each_pact_from_another_process(vendor: str, kept: int) -> None:
    report = checked(vendor, examples=3)
    assert [verdict.law.id for verdict in report.broken] == []
    assert sum(verdict.outcome == "kept" for verdict in report.verdicts) > kept


class Driven:
    """A client behind the kit in one world."""

    def __init__(self, program: AdapterProgram) -> None:
        self.stage = WorldStage(PACT, program=program)
        self.client = self.stage.make(program.adapter(), self.stage.connection({"token": "t"})).result

    def call(self, method: str, *arguments: Any) -> CallResult:
        return self.stage.call(getattr(self.client, method), *arguments)

    def ask(self, what: str) -> tuple[str, float]:
        """Ask the client to do something. Returns what it prints, and the seconds that it took."""
        result = self.call("register_callback", what)
        assert result.error is None, result.error
        return result.logs[-1].removeprefix("stdout INFO: "), (result.ended - result.began) / 1_000_000


@pytest.fixture(params=[SYNC, ASYNC], ids=["def", "async def"])
def driven(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driven]:
    file = tmp_path / "adapter.py"
    file.write_text(request.param)
    with running(PACT, f"{shlex.quote(sys.executable)} -I {shlex.quote(str(file))}") as program:
        one = Driven(program)
        yield one
        one.stage.close()


def test_what_waits_takes_the_worlds_time(driven: Driven) -> None:
    assert driven.ask("slept") == ("30", 30)
    assert driven.ask("fetch") == ("401 0", 0)
    driven.stage.inject_fault({"kind": "delay", "seconds": 6})
    assert driven.ask("fetch") == ("401 6", 6)
    driven.stage.clear()
    driven.stage.inject_fault({"kind": "delay", "seconds": 90})
    assert driven.ask("fetch") == ("TimeoutError 6", 6)


def test_its_log_is_judged_and_its_errors_are_the_ports(driven: Driven) -> None:
    assert driven.call("register_callback", "logs").logs[:2] == ["client DEBUG: quiet", "stdout INFO: printed"]
    error = driven.call("register_callback", "refused").error
    assert f"{type(error).__module__}.{type(error).__name__}: {error}" == "lockpact.nuki.port.NoFreeSlot: all are taken"
    assert type(driven.call("register_callback", "forever").error).__name__ == "Deadlock"


@pytest.mark.parametrize("driven", [ASYNC], indirect=True)
def test_tasks_run_between_calls_too(driven: Driven) -> None:
    driven.call("refresh")
    driven.stage.pass_time(7)
    assert driven.ask("seen") == ("[2, 4, 6]", 0)
    assert driven.ask("both") == ("9", 9)
