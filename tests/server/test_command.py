"""`locksim serve` and `locksim openapi`, as a user runs them."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from locksim import __version__, cli, registry
from locksim.server.control_document import openapi
from locksim.server.listener import PortTaken
from locksim.server.run import serving
from tests.server.served import until

NAME = registry.NAMES[0]


@contextmanager
def running(
    path: Path, *arguments: str, command: str = "serve"
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run `locksim serve` (or another command that serves) on free ports, and yield its connection info."""
    ready = path / "ready.json"
    words = [sys.executable, "-m", "locksim", command, "--port", "0", "--ready-file", str(ready), *arguments]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: ready.exists() or process.poll() is not None)
            assert process.poll() is None, process.stderr and process.stderr.read()
            yield process, json.loads(ready.read_text())
        finally:
            with suppress(ProcessLookupError):
                process.kill()


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    got = capsys.readouterr()
    return code, got.out, got.err


def test_the_ready_file_has_all_addresses(tmp_path: Path) -> None:
    with running(tmp_path, "--clock", "auto", "--seed", "5", "--limits", "off", "--profile", "observed") as (_, ready):
        assert ready["version"] == __version__
        assert ready["vendors"].keys() == set(registry.NAMES)
        assert httpx.get(ready["control"], trust_env=False, verify=False).json() == ready
        world = httpx.get(f"{ready['control']}/worlds/default", trust_env=False, verify=False).json()
        assert (world["seed"], world["clock"]["mode"], world["limits"], world["profile"]) == (
            5,
            "auto",
            "off",
            "observed",
        )
        assert world["start"] == "2026-01-05T08:00:00Z"
        for shown in ready["vendors"].values():
            assert httpx.get(shown["url"], trust_env=False, verify=False).status_code < 500


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_in_order_though_requests_are_pending(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, "--clock", "manual") as (process, ready):
        where = urlsplit(ready["control"])
        fault = {"effect": {"kind": "delay", "seconds": 60}}
        httpx.post(f"{ready['control']}/worlds/default/faults", json=fault, trust_env=False, verify=False)
        place = urlsplit(ready["vendors"][NAME]["url"])
        with socket.create_connection((place.hostname, place.port)) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            world = f"{ready['control']}/worlds/default"
            until(lambda: httpx.get(world, trust_env=False, verify=False).json()["waiting"] == 1)
            process.send_signal(number)
            out, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (0, "")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((where.hostname, where.port))
    assert ready["control"] in out
    assert ready["vendors"][NAME]["url"] in out


def test_no_request_is_printed(tmp_path: Path) -> None:
    with running(tmp_path, "--quiet") as (process, ready):
        httpx.get(f"{ready['vendors'][NAME]['url']}/?token=hush", trust_env=False, verify=False)
        process.terminate()
        assert process.communicate(timeout=20) == ("", "")


def test_a_port_in_use_is_reported_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = run(capsys, "serve", "--port", str(port))
    assert (code, out) == (2, "")
    assert str(port) in err
    assert "--port 0" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(("arguments", "says"), [
    (["serve", "--host", "0.0.0.0"], "--admin-token"),
    (["serve", "--host", "::", "--admin-token", ""], "not empty"),
    (["serve", "boat"], NAME),
    (["serve", "--port", "0", "--start", "yesterday"], "ISO 8601"),
    (["serve", "--port", "0", "--ready-file", "/nowhere/at/all.json"], "/nowhere/at/all.json"),
    (["serve", "--port", "0", "--world", "/nowhere/at/all.json"], "cannot read"),
    (["openapi", "boat"], NAME),
])  # fmt: skip
def test_a_command_that_cannot_run_says_why_and_exits_with_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [
    [], ["fly"], ["serve", "--port", "70000"], ["serve", "--port", "x"], ["serve", "--clock", "noon"], ["serve", "--limits", "5"],
    ["serve", "--profile", "rumoured"], ["serve", "--max-worlds", "0"], ["serve", "--idle", "-1"],
    ["serve", "--clock-drift", "x"],
    ["serve", "--allow-delivery", "10.0.0.1/8"], ["serve", "--allow-delivery", "here"],
    ["openapi", "--format", "xml"], ["openapi", NAME, "--format", "xml"],
])  # fmt: skip
def test_invalid_arguments_exit_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(("world", "says"), [
    ("[]", "object"), ("{", "JSON"), ('{"seed": "x"}', "seed"), ('{"name": "mine"}', "default"), ('{"ports": true}', "default"),
    ('{"state": {"boat": {}}}', "boat"), ('{"colour": "red"}', "colour"), ('{"clock": "noon"}', "noon"),
])  # fmt: skip
def test_an_invalid_world_file_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, world: str, says: str
) -> None:
    (tmp_path / "world.json").write_text(world)
    code, _, err = run(capsys, "serve", "--port", "0", "--world", str(tmp_path / "world.json"))
    assert code == 2
    assert says in err


def test_flags_override_the_world_file(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    with running(tmp_path, "--clock", "manual") as (_, ready):
        state = httpx.get(f"{ready['control']}/worlds/default/{NAME}/state", trust_env=False, verify=False).json()
    (tmp_path / "ready.json").unlink()
    file.write_text(json.dumps({"seed": 3, "profile": "observed", "clock": "x5", "state": {NAME: state}}))
    with running(
        tmp_path, "--world", str(file), "--seed", "4", "--clock", "manual", "--start", "2027-01-01T00:00:00Z"
    ) as (
        _,
        ready,
    ):
        default = f"{ready['control']}/worlds/default"
        world = httpx.get(default, trust_env=False, verify=False).json()
        assert (world["seed"], world["profile"], world["clock"]["mode"]) == (4, "observed", "manual")
        assert world["start"] == "2027-01-01T00:00:00Z"
        httpx.post(f"{default}/reset", trust_env=False, verify=False)
        assert httpx.get(f"{default}/{NAME}/state", trust_env=False, verify=False).json() == state


@pytest.mark.parametrize("name", registry.NAMES)
def test_a_vendors_document_is_printed_in_both_formats(capsys: pytest.CaptureFixture[str], name: str) -> None:
    code, text, _ = run(capsys, "openapi", name)
    assert code == 0
    document = yaml.load(text, yaml.CSafeLoader)
    assert document["openapi"].startswith("3.1")
    code, text, _ = run(capsys, "openapi", name, "--format", "json")
    assert (code, json.loads(text)) == (0, document)


def test_the_control_apis_document_is_printed_without_a_vendor(capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(json.dumps(openapi()))
    code, text, _ = run(capsys, "openapi")
    assert (code, yaml.load(text, yaml.CSafeLoader)) == (0, document)
    code, text, _ = run(capsys, "openapi", "--format", "json")
    assert (code, json.loads(text)) == (0, document)


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "locksim", "--version"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, f"locksim {__version__}\n")


def test_vendors_ports_keep_their_distance_from_the_control_port() -> None:
    """With the control port P, a vendor's site is at P + (its port - 8700)."""
    vendor = registry.load(NAME)
    for port in range(20_700, 60_700, 1_000):
        with suppress(PortTaken), serving([vendor], port=port) as ready:
            assert urlsplit(ready["control"]).port == port
            assert urlsplit(ready["vendors"][NAME]["url"]).port == port + vendor.sites[0].port - 8700
            return
    pytest.fail("no two free ports at their distance")


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert __version__ in capsys.readouterr().out
