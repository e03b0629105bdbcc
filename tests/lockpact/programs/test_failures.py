"""Whatever an adapter's program does, the run ends with a verdict or a sentence, and no process is left."""

from __future__ import annotations

import http.client
import os
import time
from functools import partial
from pathlib import Path

import pytest

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import PACTS, load
from lockpact.driving.check import check
from lockpact.nuki import PACT
from lockpact.programs.program import HANGS
from lockpact.programs.start import running
from lockpact.report.findings import Report
from lockpact.simulators.loopback import CONNECTIONS
from lockpact.simulators.stage import WorldStage
from tests.lockpact.programs.children import written
from tests.needs import FAKETIME
from tests.server.served import until


def checked(command: str, examples: int = 4, patience: float | None = None, laws: list[str] | None = None) -> Report:
    """Check a program with the Nuki pact."""
    with running(PACT, command, patience=patience) as program:
        return check(
            PACT,
            program.adapter(),
            partial(WorldStage, PACT, program=program),
            examples=examples,
            laws=laws,
            shrink=laws is not None,
        )


def story(report: Report, law: str) -> str:
    return report.stories()[law]


def test_a_program_that_does_right_keeps_its_laws(tmp_path: Path) -> None:
    report = checked(written(tmp_path), examples=12, laws=["NK-ID-1", "NK-STATE-1", "NK-BATT-1"])
    assert {verdict.law.id: verdict.outcome for verdict in report.verdicts} == {
        "NK-ID-1": "kept",
        "NK-STATE-1": "kept",
        "NK-BATT-1": "kept",
    }


def test_laws_about_time_are_not_judged_on_the_machines_clock(tmp_path: Path) -> None:
    report = checked(written(tmp_path), examples=3, laws=["NK-START-1", "NK-SERIAL-2", "NK-ID-1"])
    reasons = {verdict.law.id: verdict.why for verdict in report.verdicts}
    why = "it is about time, and the client is on the machine's clock"
    assert (reasons["NK-START-1"], reasons["NK-SERIAL-2"]) == (why, why)
    assert reasons["NK-ID-1"] != why


@pytest.mark.needs(FAKETIME)
def test_libfaketime_shows_a_program_the_worlds_dates_and_durations(tmp_path: Path) -> None:
    change = (
        "def list_locks():\n    send(method='log', params={'text': f'{time.time():.3f} {time.monotonic():.3f}'})\n"
        "    return []\n"
        "def lock_state(lock):\n    began = time.time()\n    try:\n        ask('/info?')\n"
        "    except PortError:\n        pass\n    raise PortError(f'Waited{time.time() - began:.0f}')"
    )
    with running(PACT, written(tmp_path, change), "faketime") as program:
        assert program.adapter().on_worlds_time is False
        stage = WorldStage(PACT, program=program)
        client = stage.make(program.adapter(), stage.connection({})).result
        stage.pass_time(600)
        (line,) = stage.call(client.list_locks).logs
        assert line == "adapter INFO: 1767600600.000 1767600600.000"
        stage.inject_fault({"kind": "delay", "seconds": 90})
        assert type(stage.call(client.lock_state, 1).error).__name__ == "Waited90"
        stage.close()


@pytest.mark.parametrize("vendor", PACTS)
def test_the_protocols_page_lists_the_laws_about_time(vendor: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "adapter-protocol.md").read_text("utf-8")
    timed = ", ".join(law.id for law in load(vendor).laws if law.timed)
    assert f"| {vendor} | {timed} |" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            'print("Hello, world")',
            "line 1 of the adapter's standard output is not a message of the protocol: 'Hello, w",
        ),
        ('print("[1, 2]")', "line 1 of the adapter's standard output is not a message of the protocol: '[1, 2]'"),
        ('print("{}")', "line 1 of the adapter's standard output"),
        ('sys.stdout.buffer.write(b"x" * 9_000_000); sys.stdout.flush()', "wrote a line of more than 8 MB"),
        ("sys.exit('no bridge here')", "has ended with exit code 1; on standard error: no bridge here"),
        ("METHODS = ['lock_stat']", "the adapter has none of the methods of NukiPort"),
        (
            "answer = lambda method, params: {'protocol': 7, 'methods': METHODS}",
            "the adapter's program speaks version 7 of the protocol, and this is version 1",
        ),
    ],
)
def test_a_program_that_does_not_speak_the_protocol_ends_the_run(tmp_path: Path, change: str, sentence: str) -> None:
    with pytest.raises(CouldNotRun) as refused:
        checked(written(tmp_path, change))
    assert sentence in str(refused.value)


def test_a_line_in_the_middle_of_a_run_that_is_no_message_ends_it(tmp_path: Path) -> None:
    change = 'def lock_state(lock):\n    print("debug: reading", flush=True)\n    time.sleep(60)'
    before = http.client.HTTPConnection.connect
    with pytest.raises(CouldNotRun, match=r"standard output is not a message of the protocol: 'debug: reading'"):
        checked(written(tmp_path, change))
    assert http.client.HTTPConnection.connect is before, "the interception of an example that could not begin goes on"


def test_a_command_that_does_not_exist_is_named() -> None:
    with pytest.raises(CouldNotRun, match="no-such-program cannot be started: No such file"):
        checked("no-such-program --fast")


def test_a_program_that_dies_breaks_the_port_and_starts_again(tmp_path: Path) -> None:
    change = "def lock_state(lock):\n    print('out of memory', file=sys.stderr)\n    os._exit(9)"
    report = checked(written(tmp_path, change), laws=["PORT-lock_state", "NK-LIST-2"])
    shown = story(report, "PORT-lock_state")
    assert "→ ProgramDied: the adapter's program has ended with exit code 9; on standard error: out of memory" in shown
    assert shown.count("lock_state(") == 1


def test_a_program_that_dies_after_its_answer_is_found_dead_at_the_next_call(tmp_path: Path) -> None:
    change = (
        "import threading\ndef list_locks():\n    threading.Timer(0.05, os._exit, [4]).start()\n    return []\n"
        "def lock_state(lock):\n    time.sleep(30)"
    )
    with running(PACT, written(tmp_path, change)) as program:
        stage = WorldStage(PACT, program=program)
        client = stage.make(program.adapter(), stage.connection({})).result
        stage.call(client.list_locks)
        error = stage.call(client.lock_state, 1).error
        stage.close()
    assert f"{type(error).__name__}: {error}" == "ProgramDied: the adapter's program has ended with exit code 4"


def test_a_program_that_dies_of_the_last_example_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    change = (
        "import threading\nmade = answer\ndef answer(method, params):\n    if method == 'close':\n"
        "        threading.Timer(0.05, os._exit, [4]).start()\n    return made(method, params)"
    )
    with running(PACT, written(tmp_path, change)) as program:
        for _ in range(3):
            stage = WorldStage(PACT, program=program)
            made = stage.make(program.adapter(), stage.connection({}))
            done = stage.call(made.result.lock_state, 1)
            stage.close()
            time.sleep(0.1)
            assert (made.error, type(done.error).__name__) == (None, "CredentialError")


def test_a_program_that_hangs_breaks_the_port_and_soon_ends_the_run(tmp_path: Path) -> None:
    change = (
        f"import pathlib\npids = pathlib.Path({str(tmp_path / 'pids')!r})\n"
        "def lock_state(lock):\n    pids.open('a').write(f'{os.getpid()}\\n')\n    time.sleep(3600)"
    )
    report = checked(written(tmp_path, change), examples=50, patience=0.2)
    shown = story(report, "PORT-lock_state")
    assert "→ ProgramHangs: the adapter's program has neither answered nor done anything else for 0.2 s" in shown
    pids = [int(line) for line in (tmp_path / "pids").read_text().split()]
    assert len(pids) == HANGS
    until(lambda: not any(map(lives, pids)))


def test_a_program_that_logs_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lockpact.programs.program.LINES", 2_000)
    change = "def lock_state(lock):\n    while True:\n        send(method='log', params={'text': 'still here'})"
    report = checked(written(tmp_path, change), examples=50, laws=["PORT-lock_state", "NK-LIST-2"])
    shown = story(report, "PORT-lock_state")
    assert "→ ProgramHangs: the adapter's program has written more than 2000 lines without answering" in shown


COUNTS = f"""
import socket

def closed(connections):
    count = 0
    for one in connections:
        try:
            count += one.recv(1) == b""
        except BlockingIOError:
            pass
    return count

def lock_state(lock):
    port = int(bridge["url"].rpartition(":")[2])
    opened = [socket.create_connection(("127.0.0.1", port)) for _ in range({CONNECTIONS + 5})]
    for one in opened:
        one.setblocking(False)
    for _ in range(100):
        time.sleep(0.1)
        if closed(opened) >= 5:
            break
    time.sleep(0.1)  # no more are closed
    raise RuntimeError(f"{{closed(opened)}} are closed")
"""


def test_connections_beyond_the_limit_are_closed(tmp_path: Path) -> None:
    with running(PACT, written(tmp_path, COUNTS)) as program:
        stage = WorldStage(PACT, program=program)
        client = stage.make(program.adapter(), stage.connection({})).result
        error = stage.call(client.lock_state, 1).error
        stage.close()
    assert str(error) == "5 are closed"


def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    change = (
        "import subprocess\nchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))"
    )
    with running(PACT, written(tmp_path, change)):
        pid = int((tmp_path / "pid").read_text())
        os.kill(pid, 0)
    until(lambda: not lives(pid))


def lives(pid: int) -> bool:
    """Whether a process runs. One that has ended may be listed until init has seen it."""
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        ("None", "result must be an object with the fields of LockState, not None"),
        ("{'state': 1}", "result has no battery_critical; it has 'state'"),
        ("{'state': 1, 'battery_critical': 'no'}", "result.battery_critical must be true or false, not 'no'"),
    ],
)
def test_a_result_that_does_not_fit_is_named_by_its_field(tmp_path: Path, result: str, complaint: str) -> None:
    report = checked(written(tmp_path, f"def lock_state(lock):\n    return {result}"), laws=["PORT-lock_state"])
    assert f"→ InvalidResult: lock_state: {complaint}" in story(report, "PORT-lock_state")


def test_an_error_that_the_port_does_not_have_is_named(tmp_path: Path) -> None:
    report = checked(written(tmp_path, "def lock_state(lock):\n    return {}['state']"), laws=["PORT-lock_state"])
    assert "→ KeyError: 'state'" in story(report, "PORT-lock_state")


@pytest.mark.parametrize(
    "change",
    [
        'send(method="log", params={"level": "info", "logger": "bridge", "text": f"token {bridge}"})',
        'print("token", bridge, file=sys.stderr, flush=True)',
    ],
)
def test_what_a_program_logs_is_judged_for_secrets(tmp_path: Path, change: str) -> None:
    lines = f"read = lock_state\ndef lock_state(lock):\n    {change}\n    return read(lock)"
    shown = story(checked(written(tmp_path, lines), laws=["NK-SECRET-1"]), "NK-SECRET-1")
    assert "the token is in a log line (" in shown


def test_a_sleep_on_the_machines_clock_passes_in_the_world_too(tmp_path: Path) -> None:
    with running(PACT, written(tmp_path, "def lock_state(lock):\n    time.sleep(0.3)")) as program:
        stage = WorldStage(PACT, program=program)
        client = stage.make(program.adapter(), stage.connection({})).result
        done = stage.call(client.lock_state, 1)
        stage.close()
    assert 0.2 < (done.ended - done.began) / 1_000_000 < 0.6
