"""`locksim proxy -- CMD`, and the flags of `locksim serve` about the proxy."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from locksim import cli
from tests.server.served import until
from tests.server.test_command import running

PROXY = [sys.executable, "-m", "locksim", "proxy", "nuki", "--quiet"]


def run(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROXY, *words], capture_output=True, text=True, check=False, timeout=60, **options)  # type: ignore[call-overload,no-any-return]


def test_the_commands_input_outputs_and_exit_code_are_its_own() -> None:
    script = "import sys; print(sys.stdin.read()[::-1]); print('err', file=sys.stderr); sys.exit(7)"
    done = run("--", sys.executable, "-c", script, input="abc")
    assert (done.returncode, done.stdout, done.stderr) == (7, "cba\n", "err\n")


def test_a_command_that_a_signal_ends_has_the_shells_exit_code() -> None:
    done = run("--", sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    assert done.returncode == 128 + 9


def test_the_control_api_and_the_ready_file_are_there_before_the_command(tmp_path: Path) -> None:
    script = """if True:
        import json, os, sys, urllib.request
        ready = json.load(open(sys.argv[1]))
        assert ready["control"] == os.environ["LOCKSIM_CONTROL"]
        assert ready == json.load(urllib.request.urlopen(ready["control"]))
        print(os.environ["HTTPS_PROXY"] == ready["proxy"]["url"])
    """
    done = run("--ready-file", str(tmp_path / "r.json"), "--", sys.executable, "-c", script, str(tmp_path / "r.json"))
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
    assert not Path(json.loads((tmp_path / "r.json").read_text())["proxy"]["ca"]).exists(), "it ended with the command"


def test_a_command_that_cannot_be_run_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["proxy", "nuki", "--quiet", "--", "no-such-command"]) == 2
    assert "locksim: no-such-command cannot be run: No such file" in capsys.readouterr().err
    assert cli.main(["proxy", "nuki"]) == 2
    assert "there is no command to run; write it after --" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_command_and_what_it_started(tmp_path: Path, number: signal.Signals, code: int) -> None:
    ready, beat = tmp_path / "ready", tmp_path / "beat"
    # A grandchild that ignores SIGTERM, and writes as long as it lives.
    grandchild = f"trap '' TERM; while :; do date +%s%N > {beat}; sleep 0.05; done"
    script = f'sh -c "{grandchild}" & echo > {ready}; wait'
    with subprocess.Popen([*PROXY, "--", "sh", "-c", script], stdin=subprocess.DEVNULL) as process:
        until(lambda: ready.exists() and beat.exists())
        process.send_signal(number)
        assert process.wait(20) == code
    last = beat.read_text()
    time.sleep(0.3)
    assert beat.read_text() == last


def test_the_simulators_are_there_until_a_command_that_was_ended_has_cleaned_up(tmp_path: Path) -> None:
    ready, status = tmp_path / "ready", tmp_path / "status"
    script = f"""if True:
        import os, pathlib, signal, sys, time, urllib.request
        def clean_up(*_):
            time.sleep(0.1)
            pathlib.Path({str(status)!r}).write_text(str(urllib.request.urlopen(os.environ["LOCKSIM_CONTROL"]).status))
            sys.exit()
        signal.signal(signal.SIGTERM, clean_up)
        pathlib.Path({str(ready)!r}).touch()
        time.sleep(60)
    """
    words = [*PROXY, "--", sys.executable, "-c", script]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL) as process:
        until(ready.exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143
    assert status.read_text() == "200"


def test_serve_has_a_proxy_when_it_is_asked_for(tmp_path: Path) -> None:
    flags = [
        "nuki",
        "--proxy-port",
        "0",
        "--proxy-host",
        "10.0.0.9:8080=nuki/bridge",
        "--proxy-authority",
        str(tmp_path),
    ]
    with running(tmp_path, *flags) as (_, ready):
        with httpx.Client(proxy=ready["proxy"]["url"], trust_env=False) as client:
            token = ready["vendors"]["nuki"]["credentials"]["token"]
            assert client.get(f"http://10.0.0.9:8080/info?token={token}").status_code == 200
            assert client.get("http://10.0.0.8:8080/info").status_code == 403
        assert (tmp_path / "locksim-ca.key").stat().st_mode & 0o077 == 0
    (tmp_path / "ready.json").unlink()
    with running(tmp_path, "nuki") as (_, ready):
        assert "proxy" not in ready


def test_answers_name_the_host_by_which_they_were_asked_for(tmp_path: Path) -> None:
    """So that a program whose hosts are fixed stays behind the proxy when it follows a link."""
    with running(tmp_path, "nuki", "--proxy-port", "0") as (_, ready):
        with httpx.Client(proxy=ready["proxy"]["url"], verify=False, trust_env=False) as client:
            (bridge,) = client.get("https://api.nuki.io/discover/bridges").json()["bridges"]
            assert (bridge["ip"], bridge["port"]) == ("192.168.1.50", 8080)
        url = f"{ready['vendors']['nuki']['url']}/discover/bridges"
        (bridge,) = httpx.get(url, headers={"Host": "localhost"}, trust_env=False).json()["bridges"]
        assert bridge["ip"] == "127.0.0.1"


@pytest.mark.parametrize(("flags", "sentence"), [
    (["--proxy-pass", "a.example"], "there is no proxy; give --proxy-port PORT"),
    (["--proxy-port", "0", "--proxy-host", "a.example=yale"], "the proxy cannot answer for a.example as 'yale'"),
])  # fmt: skip
def test_wrong_flags_are_a_sentence(flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", "nuki", "--port", "0", *flags]) == 2
    assert sentence in capsys.readouterr().err


def test_a_host_without_a_site_is_refused_by_the_parser(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["serve", "--proxy-host", "a.example"])
    assert "192.168.7.20:8080=nuki/bridge" in capsys.readouterr().err
