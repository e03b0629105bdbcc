"""A server that is killed at any moment loses nothing that was acknowledged."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from locksim import registry
from locksim.storage.sqlite import SqliteStore
from tests.server.served import until
from tests.server.test_command import run, running
from tests.storage import crash_vendors
from tests.storage.crash import crash

NAME = registry.NAMES[0]


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    summary = crash(tmp_path, rounds=8)
    assert summary.startswith("8 kills")
    assert int(summary.split()[2]) > 16, "the load was too small to prove anything"


def test_a_kill_loses_nothing_that_any_vendor_acknowledged(tmp_path: Path) -> None:
    summary = crash_vendors.crash(tmp_path, rounds=2)
    assert summary.startswith("2 kills")
    assert all(f"{name} " in summary for name in registry.NAMES)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_cleanly_while_callers_wait(tmp_path: Path, number: signal.Signals) -> None:
    """Pending requests are hung up, each world has a checkpoint, and no entry is left to run again."""
    data = tmp_path / "data"
    with running(tmp_path, "--clock", "manual", "--data", str(data)) as (process, ready):
        fault = {"effect": {"kind": "delay", "seconds": 60}}
        httpx.post(f"{ready['control']}/worlds/default/faults", json=fault, trust_env=False, verify=False)
        place = urlsplit(ready["vendors"][NAME]["url"])
        with socket.create_connection((place.hostname, place.port)) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            default = f"{ready['control']}/worlds/default"
            until(lambda: httpx.get(default, trust_env=False, verify=False).json()["waiting"] == 1)
            process.send_signal(number)
            _, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (0, "")
    store = SqliteStore(data)
    (world,) = store.worlds()
    rows = list(store.read("default"))
    store.close()
    assert world.latest.n == rows[-1].n == 2
    assert not (data / "journal.db-wal").exists()


def test_a_stored_world_names_its_own_vendors(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    with running(tmp_path, NAME, "--clock", "manual", *data) as (process, ready):
        assert ready["vendors"].keys() == {NAME}
        process.kill()
    (tmp_path / "ready.json").unlink()
    with running(tmp_path, *data) as (_, ready):
        assert ready["vendors"].keys() == {NAME}
        assert (
            httpx.get(f"{ready['control']}/worlds/default/clock", trust_env=False, verify=False).json()["mode"]
            == "manual"
        )


def test_a_world_that_cannot_continue_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    with running(tmp_path, "--data", str(data)) as (process, _):
        code, _, err = run(capsys, "serve", "--port", "0", "--data", str(data))
        assert (code, err.count("\n")) == (2, 1)
        assert f"process {process.pid}, locksim" in err
        process.terminate()
        process.wait(20)
    for arguments, says in (
        (["--seed", "5"], "begun with seed 0, not 5"),
        (["--clock", "x2"], "begun with clock 'real'"),
    ):
        code, _, err = run(capsys, "serve", "--port", "0", "--data", str(data), *arguments)
        assert (code, err.count("\n")) == (2, 1)
        assert says in err
    (data / "journal.db").write_bytes(b"gone" * 5000)
    code, _, err = run(capsys, "serve", "--port", "0", "--data", str(data))
    assert (code, err.count("\n")) == (2, 1)
    assert "is damaged, and was not changed" in err


def test_a_disk_quota_costs_the_calls_and_not_the_world(tmp_path: Path) -> None:
    """The limit on the size of files stops SQLite's log in the middle of a commit."""
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("needs Linux' prlimit")
    data = tmp_path / "data"
    with running(tmp_path, "--clock", "manual", "--quiet", "--data", str(data)) as (process, ready):
        url = f"{ready['vendors'][NAME]['url']}/"
        with httpx.Client(trust_env=False, verify=False) as http:
            _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (150_000, hard))
            ordinary = http.get(url).status_code
            answers = [http.get(url).status_code for _ in range(250)]
            assert any(status >= 500 for status in answers), "no file reached the limit"
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
            entries = 2 + answers.count(ordinary)
            assert http.get(url).status_code == ordinary
            assert http.get(f"{ready['control']}/worlds/default/journal").json()["last"] == entries
        process.kill()
        _, err = process.communicate(timeout=20)
        assert "callers get their vendor's 5xx" in err
    (tmp_path / "ready.json").unlink()
    with running(tmp_path, "--quiet", "--data", str(data)) as (_, ready):
        journal = httpx.get(f"{ready['control']}/worlds/default/journal", trust_env=False, verify=False).json()
        assert journal["last"] == entries + 1
