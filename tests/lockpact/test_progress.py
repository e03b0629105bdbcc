"""Progress on a terminal and in the logs of CI, and what a command says of a server that is dead."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockpact.cli.main import main
from lockpact.cli.progress import progress
from lockpact.core.http_client import control_url
from lockpact.simulators.served import served


@pytest.fixture
def dead() -> str:
    """The URL of a port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return f"http://127.0.0.1:{one.getsockname()[1]}"


def test_without_a_terminal_there_is_a_line_every_ten_seconds_with_the_time_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock: Iterator[float] = iter([0.0, *(second for number in range(1, 41) for second in (number, number, number))])
    with progress("yours", lambda: next(clock)) as show:
        for number in range(1, 36):
            show(f"{number} of 70 examples")
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 4
    assert all(
        line.startswith("yours: ") and "of 70 examples, about " in line and line.endswith("s left") for line in lines
    )


def test_a_quick_command_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as show:
        show("1 of 2 sequences")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words", [
    ["conform", "nuki", "--url", "DEAD"],
    ["drift", "nuki", "--baseline", "DEAD", "--candidate", "DEAD"],
    ["record", "nuki", "--url", "DEAD"],
    ["cleanup", "nuki", "--url", "DEAD"],
])  # fmt: skip
def test_a_dead_server_is_reported_as_dead(words: list[str], dead: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([dead if word == "DEAD" else word for word in words]) == 2
    assert f"{dead} does not answer" in capsys.readouterr().err


def test_the_control_api_is_named_by_any_url_that_the_server_prints(tmp_path: Path) -> None:
    for url in (
        "http://127.0.0.1:8700",
        "http://127.0.0.1:8700/",
        "http://127.0.0.1:8700/_sim",
        "http://127.0.0.1:8700/_sim/",
    ):
        assert control_url(url) == "http://127.0.0.1:8700/_sim"
    with served(["nuki"], clock="auto") as info:
        words = ["record", "nuki", "--url", info["vendors"]["nuki"]["url"], "--control", info["console"]]
        assert main([*words, "--into", str(tmp_path)]) == 0
