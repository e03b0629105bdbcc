"""`locksim replay`: exit codes, output, and serving a world as it was at an entry."""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import locksim
from locksim import cli, registry
from tests.server.test_command import run, running

NAME = registry.NAMES[0]


def exported(path: Path, *arguments: str) -> Path:
    """Export the journal of three calls."""
    with running(path, "--clock", "manual", *arguments) as (_, ready):
        for target in ("/", "/nowhere", "/list"):
            httpx.get(f"{ready['vendors'][NAME]['url']}{target}", trust_env=False, verify=False)
        file = path / "journal.jsonl"
        file.write_bytes(
            httpx.get(f"{ready['control']}/worlds/default/journal.jsonl", trust_env=False, verify=False).content
        )
    (path / "ready.json").unlink()
    return file


def test_replay_exits_with_0_if_nothing_differs_and_with_1_and_the_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = exported(tmp_path)
    assert run(capsys, "replay", str(file)) == (0, "every answer is what it was (3 entries)\n", "")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[2]["answer"]["status"] = 299
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    code, out, err = run(capsys, "replay", str(file))
    assert (code, err) == (1, "")
    assert "entry 2 differs: GET /nowhere" in out
    assert "  299 " in out
    assert '-  "status": 299,' in out


@pytest.mark.parametrize(("change", "says"), [
    (lambda lines: lines[1:], "no header"),
    (lambda lines: lines[:1], "no entry"),
    (lambda lines: [lines[0].replace('"journal":1', '"journal":9'), *lines[1:]], "format 9"),
    (lambda lines: [lines[0].replace('"only":null', f'"only":"{NAME}"'), *lines[1:]], "only entries of"),
    (lambda lines: [lines[0].replace('"masked":false', '"masked":true'), *lines[1:]], "masked"),
    (lambda lines: [lines[0].replace('"base":null', '"base":"AAAA"'), *lines[1:]], "no checkpoint"),
    (lambda lines: [lines[0].replace(f'"vendors":{{"{NAME}"', '"vendors":{"boat"'), *lines[1:]], "boat"),
    (lambda lines: [*lines, "{"], "no entry"),
    (lambda lines: [*lines, '{"n": 4, "kind": "fly"}'], "invalid journal entry 4"),
])  # fmt: skip
def test_an_invalid_journal_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[[list[str]], list[str]], says: str
) -> None:
    world = locksim.World(vendors=[NAME])
    world.clock.advance(1)
    world.clock.advance(1)
    world.clock.advance(1)
    file = tmp_path / "journal.jsonl"
    file.write_text("\n".join(change(world.journal.jsonl().splitlines())))
    code, out, err = run(capsys, "replay", str(file))
    assert (code, out) == (2, "")
    assert says in err
    assert run(capsys, "replay", str(tmp_path / "none.jsonl"))[0] == 2


def test_a_journal_of_other_code_gives_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = locksim.World(vendors=[NAME])
    world.clock.advance(1)
    file = tmp_path / "journal.jsonl"
    file.write_text(world.journal.jsonl())
    monkeypatch.setattr("locksim.engine.replay.fingerprint", lambda vendors: "other")
    code, _, err = run(capsys, "replay", str(file))
    assert code == 0
    assert "written by other code" in err


def test_until_serves_the_world_as_it_was_at_an_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = exported(tmp_path)
    assert "--until must be one of them" in run(capsys, "replay", str(file), "--until", "9")[2]
    with running(tmp_path, str(file), "--until", "2", command="replay") as (process, ready):
        journal = httpx.get(f"{ready['control']}/worlds/default/journal", trust_env=False, verify=False).json()[
            "entries"
        ]
        assert [e.get("target", e["kind"]) for e in journal] == ["/", "/nowhere", "control", "restarted"]
        first, second = json.loads(file.read_text().splitlines()[2]), journal[1]
        assert first == second
        clock = httpx.get(f"{ready['control']}/worlds/default/clock", trust_env=False, verify=False).json()
        assert (clock["mode"], clock["now"]) == ("manual", first["at"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_a_journal_is_read_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = locksim.World(vendors=[NAME])
    world.clock.advance(1)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(world.journal.jsonl().encode())))
    assert cli.main(["replay", "-"]) == 0
    assert "1 entries" in capsys.readouterr().out
