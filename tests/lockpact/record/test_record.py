"""`lockpact record`: what it asks a server, and what it writes."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from lockpact.cli.main import main
from lockpact.cli.progress import EVERY
from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import Pact, Quota, load
from lockpact.drift import Server
from lockpact.drift.operations import HttpOperation, OperationTable, Ref
from lockpact.live.permission import Permission
from lockpact.record import record
from lockpact.record.documented import Documented
from lockpact.record.plan import planned
from lockpact.record.recording import read, read_all
from lockpact.record.run import server_name
from lockpact.report.model import ReportModel
from locksim.nuki import VENDOR
from locksim.server.run import serving
from tests.lockpact.drift.recorder import Recorder, recorder
from tests.lockpact.drift.shop import OPERATIONS, Shop, keys, sold_by, the_pact

NIGHT = datetime(2026, 11, 21, 23, 59, tzinfo=UTC)


@pytest.fixture
def pact() -> Iterator[Pact]:
    with sold_by(), patch("lockpact.record.run.operations_of", lambda pact: OPERATIONS):
        yield the_pact()


@pytest.fixture
def shop() -> Iterator[tuple[Recorder, Shop]]:
    made = Shop()
    with recorder(made) as there:
        yield there, made


def run(pact: Pact, there: Recorder, folder: Path, into: str = "kept", **permitted: Any) -> ReportModel:
    permission = Permission(credentials=keys(folder), **permitted)
    return record(
        pact,
        Server(there.url),
        folder / into,
        permission=permission,
        created_file=folder / "made.jsonl",
        today=lambda: NIGHT,
    )


def asked(there: Recorder) -> set[tuple[str, str]]:
    return {(method, path.rstrip("0123456789")) for method, path in there.asked}


def test_only_reads_are_asked(pact: Pact, shop: tuple[Recorder, Shop], tmp_path: Path) -> None:
    there, _ = shop
    paper = run(pact, there, tmp_path)
    assert paper.code == 0
    assert asked(there) == {("GET", "/things")}
    assert {row.id: row.word for row in paper.rows} == {
        "list": "200", "make": "not sent", "open": "not sent", "mail": "not sent",
    }  # fmt: skip


def test_allowed_operations_are_asked_and_destructive_ones_only_if_named(
    pact: Pact, shop: tuple[Recorder, Shop], tmp_path: Path
) -> None:
    there, _ = shop
    run(pact, there, tmp_path, allow=frozenset({"*"}))
    assert asked(there) == {("GET", "/things"), ("POST", "/things"), ("POST", "/mail"), ("DELETE", "/things/")}
    run(pact, there, tmp_path, "again", allow=frozenset({"POST /open/{thing}"}))
    assert ("POST", "/open/") in asked(there)


def test_objects_created_for_a_recording_are_removed(pact: Pact, shop: tuple[Recorder, Shop], tmp_path: Path) -> None:
    there, made = shop
    run(pact, there, tmp_path, allow=frozenset({"POST /things"}))
    assert made.made
    assert made.things == [1]
    assert not (tmp_path / "made.jsonl").exists()


def test_production_is_refused_without_an_account(pact: Pact, tmp_path: Path) -> None:
    with pytest.raises(CouldNotRun, match="production"):
        record(pact, Server("https://api.shop.example"), tmp_path)


def test_the_limit_of_calls_and_the_share_of_the_quota_are_kept(
    pact: Pact, shop: tuple[Recorder, Shop], tmp_path: Path
) -> None:
    there, _ = shop
    everything = frozenset({"*"})
    output = run(pact, there, tmp_path, allow=everything, calls=2)
    assert len([one for one in there.asked if one[0] != "DELETE"]) == 2
    assert any("--calls" in note for note in output.notes)
    there.asked.clear()
    scarce = dataclasses.replace(pact, live=dataclasses.replace(pact.live, quotas=(Quota(6, "day"),)))
    output = run(scarce, there, tmp_path, "again", allow=everything)
    assert len([one for one in there.asked if one[0] != "DELETE"]) == 3
    assert any("--share" in note for note in output.notes)


def test_the_file_has_vendor_date_server_and_version(pact: Pact, shop: tuple[Recorder, Shop], tmp_path: Path) -> None:
    run(pact, shop[0], tmp_path)
    (file,) = (tmp_path / "kept").iterdir()
    assert file.name == "nuki-2026-11-21-lan.json"
    recording = read(file)
    assert (recording.vendor, recording.date, recording.server, recording.version) == ("nuki", "2026-11-21", "lan", "")
    assert recording.name == file.stem
    assert recording.dumped() == file.read_bytes()
    (only,) = recording.answers
    assert only.shape == {"": [{"items": "one"}], "*": [{"keys": ["id"]}], "*.id": ["<integer>"]}
    assert only.headers["content-type"] == ["application/json"]


def test_a_recording_is_never_overwritten(pact: Pact, shop: tuple[Recorder, Shop], tmp_path: Path) -> None:
    there, _ = shop
    run(pact, there, tmp_path)
    there.asked.clear()
    with pytest.raises(CouldNotRun, match="exists already"):
        run(pact, there, tmp_path)
    assert there.asked == []


def test_without_answers_nothing_is_written(pact: Pact, tmp_path: Path) -> None:
    with recorder(Shop()) as there:
        pass
    with pytest.raises(CouldNotRun, match="does not answer"):
        run(pact, there, tmp_path)
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(("url", "name"), [
    ("https://api.nuki.io/x", "nuki.io"),
    ("https://Nuki.io", "nuki.io"),
    ("http://192.168.7.9:8080", "lan"),
    ("http://127.0.0.1:1", "lan"),
    ("http://smiths-bridge", "lan"),
    ("http://smiths-bridge.local:8080", "lan"),
    ("https://smith.example", "elsewhere"),
    ("https://8.8.8.8", "elsewhere"),
])  # fmt: skip
def test_the_name_of_a_private_server_is_not_disclosed(url: str, name: str) -> None:
    assert server_name(load("nuki"), Documented({"paths": {}}), url) == name


def test_operations_that_name_objects_come_after_those_that_find_them() -> None:
    script = OperationTable(
        (
            HttpOperation("one", "GET", "/things/{thing}", reads=True),
            HttpOperation("away", "DELETE", "/made/{made}"),
            HttpOperation("drop", "POST", "/drop", body={"of": [Ref("thing")]}),
            HttpOperation("made", "GET", "/made/{made}", reads=True),
            HttpOperation("make", "POST", "/made", finds={"made": "id"}),
            HttpOperation("sub", "GET", "/subs", query={"of": Ref("thing")}, reads=True, finds={"sub": "*.id"}),
            HttpOperation("part", "GET", "/parts/{sub}", reads=True),
            HttpOperation("list", "GET", "/things", reads=True, finds={"thing": "*.id"}),
        ),
        frozenset(),
    )
    names = [step.operation for step in planned(script, lambda line: True)]
    assert names == ["list", *["one"] * 3, *["sub"] * 3, *["part"] * 3, "make", "drop", "made", "away", "list"]
    assert "drop" not in [step.operation for step in planned(script, lambda line: line.reads)]


def test_the_command_records_a_simulator_and_conform_accepts_the_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving([VENDOR], clock="auto", variants=["nuki-device-type"]) as ready:
        there = ["--url", ready["vendors"]["nuki"]["url"], "--control", ready["control"], "--into", str(tmp_path)]
        assert main(["record", "nuki", *there, "--version", "1.6"]) == 0
        assert main(["record", "nuki", *there]) == 2
        assert "exists already" in capsys.readouterr().err
    (recording,) = read_all(tmp_path, "nuki")
    assert (recording.server, recording.version) == ("simulator", "1.6")
    assert main(["conform", "nuki", "--recordings", str(tmp_path), "--junit", str(tmp_path / "j.xml")]) == 1
    said = capsys.readouterr().out
    assert "NK-R60 is contradicted by nuki-" in said
    assert "<key> nukiId name lastKnownState" in said, "a key that no document names is not written down"
    assert 'failures="1"' in (tmp_path / "j.xml").read_text()


def test_the_command_shows_how_many_steps_are_done_and_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EVERY, "0")
    monkeypatch.setattr("lockpact.cli.progress._QUICK", 0.0)
    with serving([VENDOR], clock="auto") as ready:
        there = ["--url", ready["vendors"]["nuki"]["url"], "--control", ready["control"], "--into", str(tmp_path)]
        assert main(["record", "nuki", *there]) == 0
    shown = re.findall(r"^(\d+) of (\d+) steps, about \d+ s left$", capsys.readouterr().err, re.MULTILINE)
    total = len(shown)
    assert total > 5
    assert shown == [(str(number), str(total)) for number in range(1, total + 1)]


def test_an_invalid_recording_and_an_empty_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(CouldNotRun, match="has no recordings of nuki"):
        read_all(tmp_path, "nuki")
    file = tmp_path / "x.json"
    for text in ("", "[]", "{}", json.dumps({"format": "lockpact recording 1", "vendor": "nuki"})):
        file.write_text(text)
        with pytest.raises(CouldNotRun, match="is not a recording"):
            read(file)
