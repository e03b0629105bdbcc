"""Clients in Node, by the kit: on the world's time, the same run for the same seed, and all that a pact asks for."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lockpact.cli.main import main
from lockpact.core.kits import KITS, copy_kit
from lockpact.core.pact import PACTS
from lockpact.driving.check import check
from lockpact.driving.stage import CallResult
from lockpact.nuki import PACT
from lockpact.programs.program import AdapterProgram
from lockpact.programs.start import running
from lockpact.report.findings import Report
from lockpact.simulators.stage import WorldStage
from lockpact.simulators.testing import assert_keeps
from tests.needs import NODE, NODE_FOLDER

pytestmark = pytest.mark.needs(NODE)
KIT = KITS / "node" / "lockpact.mjs"
CONFORMING = Path(__file__).parent / "node" / "conforming.mjs"
DOCS = Path(__file__).parents[3] / "docs"
TIMES = Path(__file__).parent / "node" / "times.mjs"


@pytest.fixture(autouse=True)
def _kit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT", str(KIT))


def checked(file: Path, examples: int, seed: int = 0) -> Report:
    with running(PACT, f"node {shlex.quote(str(file))}") as program:
        stage = partial(WorldStage, PACT, program=program)
        return check(PACT, program.adapter(), stage, examples=examples, seed=seed)


def test_a_plain_client_keeps_the_pact() -> None:
    report = checked(CONFORMING, examples=40)
    assert {one.law.id: one.outcome for one in report.verdicts if one.outcome != "kept"} == {
        "NK-AUTH-4": "not exercised",
        "NK-DISC-1": "not covered",
        "NK-DISC-2": "not covered",
    }


def test_the_same_seed_gives_the_same_run() -> None:
    first, again, other = (checked(CONFORMING, examples=3, seed=seed) for seed in (3, 3, 4))

    def counts(report: Report) -> dict[str, int]:
        return {verdict.law.id: verdict.judged for verdict in report.verdicts}

    assert counts(first) == counts(again) != counts(other)


def test_the_adapter_in_the_guide_breaks_what_the_guide_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    guide = (DOCS / "guides" / "node.md").read_text("utf-8")
    (adapter,) = re.findall(r"^```js\n(// adapter\.mjs\n.*?)^```", guide, re.MULTILINE | re.DOTALL)
    (command,) = re.findall(r"^\$ lockpact (check .*)$", guide, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    Path("adapter.mjs").write_text(adapter, "utf-8")
    assert main(["port", "nuki", "--kit", "node", "lockpact"]) == 0
    assert main([*shlex.split(command), "--stories", "stories"]) == 1
    told = Path("stories", "NK-AWAY-1.txt").read_text("utf-8")
    assert "TypeError: fetch failed" in told
    reproduce = told.rpartition("reproduce: ")[2].strip()
    assert f"reproduce: {reproduce}" in guide
    capsys.readouterr()
    assert main(shlex.split(reproduce)[1:]) == 1
    assert " ".join(told.split()) in " ".join(capsys.readouterr().out.split())


def test_assert_keeps_takes_a_command() -> None:
    command = f"node {shlex.quote(str(CONFORMING))}"
    assert_keeps("nuki", command=command, laws=["NK-BATT-1"], examples=6)
    with pytest.raises(AssertionError, match="1 not covered"):
        assert_keeps("nuki", command=command, laws=["NK-DISC-1"], examples=1)
    with pytest.raises(TypeError, match="takes an adapter class, or the command"):
        assert_keeps("nuki")


class Driven:
    """A client in Node in one world."""

    def __init__(self, program: AdapterProgram) -> None:
        self.stage = WorldStage(PACT, program=program)
        self.client = self.stage.make(program.adapter(), self.stage.connection({"token": "t"})).result

    def call(self, method: str, *arguments: Any) -> CallResult:
        return self.stage.call(getattr(self.client, method), *arguments)


@pytest.fixture(scope="module")
def program() -> Iterator[AdapterProgram]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIT", str(KIT))
        with running(PACT, f"node {shlex.quote(str(TIMES))}") as started:
            yield started


@pytest.fixture
def driven(program: AdapterProgram) -> Iterator[Driven]:
    one = Driven(program)
    yield one
    one.stage.close()


def asked(driven: Driven, what: str) -> Any:
    """Ask the client to do something by its name, and return what it answers."""
    result = driven.call("register_callback", what)
    assert result.error is None, result.error
    (line,) = result.logs
    return line.partition(": ")[2], (result.ended - result.began) / 1_000_000


def test_a_program_with_the_kit_is_on_the_worlds_time(program: AdapterProgram) -> None:
    assert program.clock == "world"


@pytest.mark.parametrize(
    ("what", "told", "seconds"),
    [
        ("date", "2026-01-05T08:00:00.000Z Mon Jan 05 2026", 0),
        ("timeout", "30000 30000 30000", 30),
        ("promise", "done 90000", 90),
        ("promisified", "86399000", 86_399),
        ("interval", "1000 2000 3000", 3),
        ("cleared", "5000", 5),
        ("order", "a b c d", 2),
        ("abort", "TimeoutError 7000", 7),
        ("hrtime", "12 12000 12000000000", 12),
        ("refresh", "9000", 9),
        ("socket", "timed out after 4000", 4),
        ("fetch", "TimeoutError 6000", 6),
        ("immediate", "0", 0),
        ("threads", "private true 0", 0),
    ],
)
def test_what_waits_takes_the_worlds_time(driven: Driven, what: str, told: str, seconds: float) -> None:
    if what in ("socket", "fetch"):
        driven.stage.inject_fault({"kind": "delay", "seconds": 90})
    assert asked(driven, what) == (told, seconds)


def test_timers_run_between_calls_too(driven: Driven) -> None:
    driven.call("refresh")
    driven.stage.pass_time(10)
    assert asked(driven, "polled") == ("2 4 6 8 10", 0)


def test_timers_of_an_earlier_example_are_gone(program: AdapterProgram) -> None:
    first = Driven(program)
    first.call("register_callback", "haunt")
    first.stage.pass_time(1)
    assert first.call("refresh").logs == ["console INFO: boo"]
    first.stage.close()
    second = Driven(program)
    second.stage.pass_time(10)
    assert second.call("refresh").logs == []
    second.stage.close()


def test_what_arrives_on_a_socket_begins_its_timeout_again(driven: Driven) -> None:
    driven.stage.inject_fault({"kind": "delay", "seconds": 3})
    assert asked(driven, "socket") == ("timed out after 7000", 7)


def test_a_client_that_waits_for_ever_is_a_deadlock(driven: Driven) -> None:
    result = driven.call("register_callback", "forever")
    assert type(result.error).__name__ == "Deadlock"


def test_a_timeout_shows_in_the_traffic(driven: Driven) -> None:
    driven.stage.inject_fault({"kind": "delay", "seconds": 90})
    result = driven.call("register_callback", "fetch")
    assert [(x.path, x.broken, x.ended - x.began) for x in result.traffic] == [("/info", "timeout", 6_000_000)]


def test_at_one_instant_an_answer_comes_before_the_timeout(driven: Driven) -> None:
    driven.stage.inject_fault({"kind": "delay", "seconds": 6})
    assert asked(driven, "fetch") == ("401 6000", 6)


def test_bytes_arrive_as_they_are(driven: Driven) -> None:
    result = driven.call("on_callback", b"\xff\x00{")
    assert result.logs == ["console INFO: Buffer ff007b"]


def test_the_consoles_levels_are_those_of_the_log(driven: Driven) -> None:
    result = driven.call("register_callback", "console")
    assert result.logs == [
        "console DEBUG: one",
        "console INFO: two 2",
        "console WARNING: three",
        "console ERROR: four",
        "stdout INFO: five",
    ]


def test_an_unknown_error_has_the_name_that_node_gives_it(driven: Driven) -> None:
    result = driven.call("register_callback", "broken")
    assert f"{type(result.error).__name__}: {result.error}" == "TypeError: x.y is not a function"


TYPED = """
import { errors, serve, type Connection } from './lockpact/lockpact.mjs'
import type { Action, LockState, NukiErrors, NukiPort } from './lockpact/ports/nuki.d.mts'
import type { LocktPort } from './lockpact/ports/lockt.d.mts'
import type { CodelocksPort } from './lockpact/ports/codelocks.d.mts'
import type { Nearby, NokePort } from './lockpact/ports/noke.d.mts'
import type { RemoteLockErrors, RemoteLockPort, Store } from './lockpact/ports/remotelock.d.mts'

const nuki = errors as unknown as NukiErrors
class Adapter implements NukiPort {
  url: string
  constructor (connection: Connection) { this.url = connection.url }
  async lock_state (lock: number): Promise<LockState> {
    if (lock === 1) throw nuki.UnknownLock('no such lock')
    return { state: 'LOCKED', battery_critical: false }
  }
  async act (lock: number, action: Action, wait: boolean) {
    return { completed: wait && action === 'UNLATCH', battery_critical: false }
  }
}
serve<NukiPort>(Adapter)
serve<NukiPort>(class { lock_state (lock: string) { return { state: 1, battery_critical: false } } })
nuki.UnknownDoor('no such door')
"""


def test_the_declarations_know_what_is_right_and_what_is_wrong(tmp_path: Path) -> None:
    for vendor in PACTS:
        copy_kit("node", tmp_path / "lockpact", vendor)
    (tmp_path / "node.d.ts").write_text("declare class Buffer extends Uint8Array {}")  # as @types/node does
    (tmp_path / "typed.mts").write_text(TYPED)
    compiler = str(NODE_FOLDER / "node_modules" / "typescript" / "bin" / "tsc")
    words = ["node", compiler, "--noEmit", "--strict", "--target", "es2022", "--lib", "es2022", "--module", "nodenext"]
    done = subprocess.run([*words, "node.d.ts", "typed.mts"], cwd=tmp_path, capture_output=True, text=True, check=False)
    last = len(TYPED.splitlines())
    found = re.findall(r"^(\S+)\((\d+),.*error", done.stdout, re.MULTILINE)
    assert found == [("typed.mts", str(last - 1)), ("typed.mts", str(last))], done.stdout
